/** The arrow by which a frame is closed and opened. */
import { ChevronDown, ChevronRight } from "lucide-react";

import { toggleCollapsed } from "./collapse";

export function CollapseButton({ id, title, collapsed }: { id: string; title: string; collapsed: boolean }) {
  const Icon = collapsed ? ChevronRight : ChevronDown;
  const about = collapsed ? "Open the frame (Z)" : "Draw it without what it holds (Z)";
  return (
    <button
      type="button"
      className="collapse-button nodrag"
      title={about}
      aria-label={collapsed ? `Open ${title}` : `Collapse ${title}`}
      aria-expanded={!collapsed}
      tabIndex={-1}
      onClick={(event) => {
        event.stopPropagation();
        toggleCollapsed([id]);
      }}
      onDoubleClick={(event) => event.stopPropagation()}
      data-testid={`collapse-${id}`}
    >
      <Icon size={15} aria-hidden />
    </button>
  );
}
