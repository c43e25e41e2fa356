/** The others who have this blueprint open: what each says of itself. */
import { create } from "zustand";

import type { Me, PersonState } from "../api/link";

export interface Person extends PersonState {
  /** The page, of which a person may have several. */
  peer: string;
}

interface People {
  /** In the order in which they came. */
  people: readonly Person[];
  me: Me | null;
}

export const usePeople = create<People>(() => ({ people: [], me: null }));

export function joinPeople(me: Me): void {
  usePeople.setState({ me });
}

/** Take over who has moved, come or left; null when nobody can be seen any more. */
export function takePeople(news: Record<string, PersonState | null> | null): void {
  const { people } = usePeople.getState();
  if (!news) {
    usePeople.setState({ people: [], me: null });
    return;
  }
  const stayed = people.flatMap((person) => {
    const state = news[person.peer];
    return state === undefined ? [person] : state ? [{ ...state, peer: person.peer }] : [];
  });
  const known = new Set(people.map(({ peer }) => peer));
  const come = Object.entries(news).flatMap(([peer, state]) => (state && !known.has(peer) ? [{ ...state, peer }] : []));
  usePeople.setState({ people: [...stayed, ...come] });
}

/** Whether anybody else is here now. */
export function peopleHere(): boolean {
  return usePeople.getState().people.length > 0;
}
