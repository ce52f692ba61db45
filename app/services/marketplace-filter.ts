interface Tool {
  name: string;
  category: string;
  cost: string;
  summary: string;
}

export interface ToolFilter {
  q: string;
  category: string;
  state: string;
  cost: string;
  /** Of the connections, from 1. */
  page: number;
}

/** The filter as the address has it. */
export function readToolFilter(query: URLSearchParams): ToolFilter {
  const word = (name: string) => (query.get(name) ?? "").trim().slice(0, 80);
  const page = Math.max(1, Number(/^\d{1,4}$/.exec(word("page"))?.[0] ?? 1));
  return { q: word("q"), category: word("category"), state: word("state"), cost: word("cost"), page };
}

const needsSomebody = new Set(["needs_setup", "needs_reconnect", "added"]);

const needsYou = (tool: { state: string; stateReason: string | null }): boolean =>
  needsSomebody.has(tool.state) || (tool.state === "degraded" && tool.stateReason === "needs_attention");

/** The tools that fit, those that need somebody first; figures count everything, whatever is filtered. Pure. */
export function filterTools<
  Yours extends Tool & { label: string; state: string; stateReason: string | null },
  Other extends Tool,
  Need,
>(page: { yours: readonly Yours[]; others: readonly Other[]; issues: readonly Need[] }, filter: ToolFilter) {
  const all: readonly Tool[] = [...page.yours, ...page.others];
  const words = filter.q.toLowerCase();
  const fits = (tool: Tool & { label?: string }) =>
    (filter.category === "" || tool.category === filter.category) &&
    (filter.cost === "" || tool.cost === filter.cost) &&
    (words === "" || `${tool.name} ${tool.label ?? ""} ${tool.summary}`.toLowerCase().includes(words));
  const inState = (tool: Yours) =>
    filter.state === "" || (filter.state === "needs-you" ? needsYou(tool) : tool.state === filter.state);
  const byCategory = new Map<string, number>();
  for (const tool of all) byCategory.set(tool.category, (byCategory.get(tool.category) ?? 0) + 1);
  return {
    yours: page.yours
      .filter((tool) => fits(tool) && inState(tool))
      .sort((a, b) => Number(needsYou(b)) - Number(needsYou(a))),
    others: filter.state === "" ? page.others.filter(fits) : [],
    issues: page.issues,
    counts: [...byCategory].map(([category, count]) => ({ category, count })).sort((a, b) => b.count - a.count),
    total: {
      all: all.length,
      added: page.yours.length,
      running: page.yours.filter((tool) => tool.state === "active").length,
      waiting: page.yours.filter(needsYou).length,
    },
  };
}
