/** Above the parameters: the values that they can use, folded until they are wanted. */
import { ChevronRight } from "lucide-react";
import { create } from "zustand";
import { later } from "../later";
import { Part } from "../Part";

const InputPanel = later(() => import("../expressions/InputPanel").then((m) => m.InputPanel));

/** Open for one node is open for the next. */
const useOpen = create<{ open: boolean }>(() => ({ open: false }));

export function Values({ node }: { node: string }) {
  const open = useOpen((state) => state.open);
  return (
    <section className="values-panel" data-testid="values-panel">
      <button type="button" className="values-head" aria-expanded={open} onClick={() => useOpen.setState({ open: !open })}>
        <ChevronRight size={13} className="value-arrow" aria-hidden /> Values to use
      </button>
      {open && (
        <Part fallback={<p className="tree-empty">Loading…</p>}>
          <InputPanel node={node} />
        </Part>
      )}
    </section>
  );
}
