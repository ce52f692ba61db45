import { ListChecks, Pause, Plus, Trash2 } from "lucide-react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { MenuButton, MenuLink } from "#app/components/ui/menu.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pill } from "#app/components/ui/state.tsx";
import { Chips, Tabs } from "#app/components/ui/tabs.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { GalleryControls } from "./controls.tsx";
import { GalleryData } from "./data.tsx";
import { GalleryFeedback } from "./feedback.tsx";
import { GalleryTables } from "./tables.tsx";
import { GalleryWords } from "./words.tsx";

/** The pattern sheet: every primitive in every state. */
export function Gallery() {
  return (
    <>
      <PageHead
        title="Pattern sheet"
        tile={<Tile name="Greenhouse" color="#1f6b4f" size="lg" />}
        state={<Pill state={stateWord("posting", "expiring")} />}
        sentence="Every state and every in-between: empty, loading, error, asking, undoing. Copy from here first."
        crumbs={[{ to: "/__gallery", label: "Integrations" }, { label: "Pattern sheet" }]}
        buttons={
          <>
            <Button type="button" icon={ListChecks}>
              Test all
            </Button>
            <ButtonLink to="/__gallery" variant="primary" icon={Plus}>
              Connect a tool
            </ButtonLink>
          </>
        }
        more={
          <>
            <MenuLink to="/__gallery" icon={Pause}>
              Pause
            </MenuLink>
            <MenuButton type="button" icon={Trash2} danger>
              Disconnect
            </MenuButton>
          </>
        }
      />
      <Tabs
        label="Parts of the sheet"
        tabs={[
          { to: "/__gallery", label: "Overview", current: true },
          { to: "/__gallery?tab=mapping", label: "Mapping", count: 1 },
          { to: "/__gallery?tab=activity", label: "Activity" },
        ]}
      />
      <Chips
        label="Category"
        chips={[
          { to: "/__gallery", label: "All", count: 47, current: true },
          { to: "/__gallery?c=ats", label: "ATS", count: 5 },
          { to: "/__gallery?c=boards", label: "Job boards", count: 10 },
        ]}
      />
      <GalleryWords />
      <GalleryControls />
      <GalleryFeedback />
      <GalleryTables />
      <GalleryData />
    </>
  );
}
