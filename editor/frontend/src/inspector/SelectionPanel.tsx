/** With several things selected, or an edge: what can be done to them. */
import { keyText } from "../actions/keys";
import { actionNamed } from "../actions/list";
import { Tool } from "../actions/Tool";
import { nameLink } from "../canvas/routes";
import { LONGEST_NAME } from "../model/routes";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { useSelection } from "../store/selection";
import { NoteColors } from "./NoteColors";
import { SettingRow } from "./SettingRow";

const ACTIONS = ["insert", "reroute", "clear-points", "link", "duplicate", "disable", "bypass", "breakpoint", "wrap", "into-frame", "out-of-frame", "collapse-part", "expand-call", "tidy", "detach", "delete", "delete-heal"];
/** Shown as icons, six in a row. */
const TOOLS = [
  "align-left", "align-centre", "align-right", "align-top", "align-middle", "align-bottom",
  "distribute-across", "distribute-down", "straighten", "select-upstream", "select-downstream", "select-connected",
];

function counted(count: number, noun: string): string[] {
  return count ? [`${count} ${noun}${count === 1 ? "" : "s"}`] : [];
}

/** How a single edge is drawn: as a curve, or as a link with a name. */
function LinkName({ edge }: { edge: string }) {
  const name = useDraft((state) => state.routes.get(edge)?.name ?? "");
  return (
    <section className="inspector-section">
      <SettingRow name="link-name" label="Name of the link" help="With a name the edge is drawn at its ends only, each with the name. Empty: a curve.">
        <input
          id="setting-link-name"
          type="text"
          className="control"
          value={name}
          maxLength={LONGEST_NAME}
          readOnly={!useMay("edit")}
          onChange={(event) => nameLink(edge, event.target.value)}
          data-testid="link-name"
        />
      </SettingRow>
    </section>
  );
}

export function SelectionPanel({ nodes, notes }: { nodes: number; notes: number }) {
  const edits = useMay("edit");
  const edges = useSelection((state) => state.edges.size);
  const [edge] = useSelection((state) => state.edges);
  // What can be done to an edge depends on how it is drawn.
  useDraft((state) => state.routes);
  const words = [...counted(nodes, "node"), ...counted(notes, "note"), ...counted(edges, "edge")];
  return (
    <div className="inspector-scroll" data-testid="selection">
      <section className="inspector-section">
        <h2 className="visually-hidden">The selection</h2>
        <h3>Selected: {words.join(", ")}</h3>
        {nodes + notes > 1 && (
          <div className="selection-tools" role="toolbar" aria-label="Put in line">
            {TOOLS.flatMap((name) => {
              const action = actionNamed(name);
              if (!action?.icon) return [];
              return [
                <Tool
                  key={name}
                  label={action.label}
                  icon={action.icon}
                  disabled={action.enabled?.() === false}
                  onClick={action.perform}
                  {...(action.keys?.[0] ? { keys: action.keys[0] } : {})}
                  testId={`tool-${name}`}
                />,
              ];
            })}
          </div>
        )}
        {notes > 0 && edits && <NoteColors />}
        <div className="selection-actions">
          {ACTIONS.flatMap((name) => {
            const action = actionNamed(name);
            if (!action || action.enabled?.() === false || (name === "tidy" && nodes < 2)) return [];
            return [
              <button key={name} type="button" onClick={action.perform}>
                {action.icon && <action.icon size={15} aria-hidden />}
                {action.label}
                {action.keys?.[0] && <kbd>{keyText(action.keys[0])}</kbd>}
              </button>,
            ];
          })}
        </div>
      </section>
      {edge !== undefined && edges === 1 && nodes + notes === 0 && <LinkName edge={edge} />}
    </div>
  );
}
