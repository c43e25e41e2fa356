/** Who else has this blueprint open, by their initials; a reader of the screen hears them come and leave. */
import { type CSSProperties, useEffect, useRef, useState } from "react";

import { type Person, usePeople } from "../store/people";

const SHOWN = 4;

function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "").join("");
}

function listed(names: readonly string[]): string {
  return names.length > 2 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}` : names.join(" and ");
}

/** One sentence about whoever has come or left since the last time. */
function useNews(people: readonly Person[]): string {
  const before = useRef<ReadonlyMap<string, string>>(new Map());
  const [news, setNews] = useState("");
  const now = people.map(({ peer }) => peer).join();
  useEffect(() => {
    // A page that is cut off sees nobody, which is no news of them: it looks again when it is back.
    if (!usePeople.getState().me) return;
    const here = new Map(people.map(({ peer, name }) => [peer, name]));
    const come = [...here].flatMap(([peer, name]) => (before.current.has(peer) ? [] : [name]));
    const left = [...before.current].flatMap(([peer, name]) => (here.has(peer) ? [] : [name]));
    before.current = here;
    if (come.length) setNews(`${listed(come)} ${come.length > 1 ? "are" : "is"} here now`);
    else if (left.length) setNews(`${listed(left)} ${left.length > 1 ? "have" : "has"} left`);
    // The names of a page do not change.
  }, [now]);
  return news;
}

export function People() {
  const people = usePeople((state) => state.people);
  const me = usePeople((state) => state.me);
  const news = useNews(people);
  const named = (person: Person): string => (person.name === me?.name ? `${person.name}, in another window` : person.name);
  const more = people.slice(SHOWN);
  return (
    <>
      {people.length > 0 && (
        <ul className="people" aria-label="Also here" data-testid="people">
          {people.slice(0, SHOWN).map((person) => (
            <li
              key={person.peer}
              className="person"
              style={{ "--person": `var(--person-${person.colour})` } as CSSProperties}
              title={named(person)}
            >
              <span aria-hidden>{initials(person.name)}</span>
              <span className="for-readers">{named(person)}</span>
            </li>
          ))}
          {more.length > 0 && (
            <li className="person person-more" title={more.map(named).join("\n")}>
              <span aria-hidden>+{more.length}</span>
              <span className="for-readers">{listed(more.map(named))}</span>
            </li>
          )}
        </ul>
      )}
      <span className="for-readers" role="status" data-testid="people-news">
        {news}
      </span>
    </>
  );
}
