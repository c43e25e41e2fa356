/** What the person at this page may do with the blueprint. The server decides; the page shows no more. */
import { create } from "zustand";

import type { Bootstrap, Right } from "../model/types";

interface Rights {
  right: Right;
  owner: string;
  /** Somebody who has opened a link and is not signed in. */
  guest: boolean;
}

const ORDER: readonly Right[] = ["view", "run", "edit", "own"];

export const useRights = create<Rights>(() => ({ right: "own", owner: "", guest: false }));

/** Take over what the page was given. */
export function openRights({ blueprint, user }: Pick<Bootstrap, "blueprint" | "user">): void {
  useRights.setState({ right: blueprint.right, owner: blueprint.owner, guest: user === null });
}

function allows(right: Right, wanted: Right): boolean {
  return ORDER.indexOf(right) >= ORDER.indexOf(wanted);
}

/** Whether what needs this right may be done here. */
export function may(wanted: Right): boolean {
  return allows(useRights.getState().right, wanted);
}

/** The same for a component. */
export function useMay(wanted: Right): boolean {
  return useRights((state) => allows(state.right, wanted));
}
