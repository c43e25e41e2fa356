/** What the drawer shows of the shown run. */
import { create } from "zustand";

import { setPanels, useUi } from "../store/ui";

export type View = "steps" | "items" | "log" | "values";

export const useView = create<{ view: View }>(() => ({ view: "steps" }));

export function showRunView(view: View): void {
  useView.setState({ view });
  if (!useUi.getState().panels.drawer) setPanels({ drawer: true });
}
