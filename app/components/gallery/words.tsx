import { readyWord, type StateWord, vocabulary } from "#app/components/state-vocabulary.ts";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";

const families: readonly { title: string; id: string; words: readonly StateWord[] }[] = [
  { title: "Connection", id: "v-connection", words: [...Object.values(vocabulary.connection), readyWord] },
  { title: "Posting", id: "v-posting", words: Object.values(vocabulary.posting) },
  { title: "Delivery", id: "v-delivery", words: Object.values(vocabulary.delivery) },
  { title: "Sync", id: "v-sync", words: Object.values(vocabulary.sync) },
  { title: "Reason words of a connection", id: "v-reason", words: Object.values(vocabulary.reason) },
  { title: "Endpoint", id: "v-endpoint", words: Object.values(vocabulary.endpoint) },
];

/** The state vocabulary. */
export function GalleryWords() {
  return (
    <div className="sheet sheet-voc mt-5">
      {families.map((family) => (
        <Card key={family.id} labelledBy={family.id}>
          <CardHeader id={family.id} title={family.title} />
          <ul className="voc">
            {family.words.map((word) => (
              <li key={word.word + word.means}>
                <StateLabel state={word} />
                <span className="text-muted">{word.means}</span>
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}
