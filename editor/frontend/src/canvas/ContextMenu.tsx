/** The menu at the pointer: the actions for what was pressed. */
import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";

import { keyText } from "../actions/keys";
import { actionNamed } from "../actions/list";
import { type Menu, openMenu, useUi } from "../store/ui";
import { setPointer } from "./view";

const GROUPS: Record<Menu["on"], readonly (readonly string[])[]> = {
  node: [["run-to", "run-from", "pin", "why"], ["breakpoint", "breakpoint-after"], ["add-after"], ["copy", "duplicate", "rename", "disable", "bypass", "swap"], ["wrap", "into-frame", "out-of-frame", "unwrap", "collapse"], ["collapse-part", "expand-call"], ["detach", "break-edges", "straighten"], ["delete", "delete-heal"]],
  edge: [["insert"], ["reroute", "clear-points", "link"], ["breakpoint"], ["delete"]],
  canvas: [["add", "note", "paste"], ["tidy", "fit", "select-all", "lasso"], ["run-changed"], ["share"]],
};
const MARGIN = 8;

function List({ menu }: { menu: Menu }) {
  const list = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: menu.x, top: menu.y });
  useLayoutEffect(() => {
    const box = list.current?.getBoundingClientRect();
    if (!box) return;
    setPlace({
      left: Math.min(menu.x, window.innerWidth - box.width - MARGIN),
      top: Math.max(MARGIN, Math.min(menu.y, window.innerHeight - box.height - MARGIN)),
    });
  }, [menu]);
  useEffect(() => {
    const before = document.activeElement;
    list.current?.querySelector<HTMLButtonElement>("button")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const step = (way: number): void => {
    const items = [...(list.current?.querySelectorAll<HTMLButtonElement>("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items[(at + way + items.length) % items.length]?.focus();
  };
  const groups = GROUPS[menu.on]
    .map((names) => names.flatMap((name) => actionNamed(name) ?? []).filter((action) => action.enabled?.() !== false))
    .filter((group) => group.length > 0);
  return (
    <div className="scrim" onPointerDown={() => openMenu(null)} onContextMenu={(event) => event.preventDefault()}>
      <div
        ref={list}
        className="run-menu context-menu"
        role="menu"
        aria-label={menu.on === "canvas" ? "The canvas" : `The ${menu.on}`}
        style={place}
        onPointerDown={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape" || event.key === "Tab") openMenu(null);
          else if (event.key === "ArrowDown") step(1);
          else if (event.key === "ArrowUp") step(-1);
          else return;
          event.preventDefault();
        }}
        data-testid="context-menu"
      >
        {groups.map((group, index) => (
          <Fragment key={index}>
            {index > 0 && <hr />}
            {group.map(({ name, label, keys, icon: Icon, perform }) => (
              <button
                key={name}
                type="button"
                role="menuitem"
                onClick={() => {
                  openMenu(null);
                  // What is added goes where the menu was asked for, not where it was pressed.
                  setPointer(menu.x, menu.y);
                  perform();
                }}
                data-testid={`menu-${name}`}
              >
                {Icon ? <Icon size={15} aria-hidden /> : <span className="no-icon" />}
                {label}
                {keys?.[0] && <kbd>{keyText(keys[0])}</kbd>}
              </button>
            ))}
          </Fragment>
        ))}
      </div>
    </div>
  );
}

export function ContextMenu() {
  const menu = useUi((state) => state.menu);
  const some = menu && GROUPS[menu.on].flat().some((name) => actionNamed(name)?.enabled?.() ?? actionNamed(name));
  return menu && some && <List key={`${menu.x},${menu.y}`} menu={menu} />;
}
