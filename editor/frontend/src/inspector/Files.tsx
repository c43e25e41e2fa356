/** The blueprint as a file, out and in: the same actions as in the command palette, in sight. */
import { actionNamed } from "../actions/list";

const SHOWN: [name: string, word: string][] = [
  ["download", "JSON"],
  ["download-yaml", "YAML"],
  ["download-svg", "SVG"],
  ["download-png", "PNG"],
];

export function Files() {
  const insert = actionNamed("insert-file");
  return (
    <section className="inspector-section">
      <h3>Files</h3>
      <p className="files-about">A picture has the blueprint inside: drop it, or any of these files, onto a canvas or onto the list of blueprints.</p>
      <div className="files-buttons">
        {SHOWN.map(([name, word]) => {
          const action = actionNamed(name);
          return (
            action && (
              <button key={name} type="button" className="button" aria-label={action.label} title={action.label} onClick={action.perform} data-testid={name}>
                {action.icon && <action.icon size={14} aria-hidden />}
                {word}
              </button>
            )
          );
        })}
      </div>
      {insert && (
        <button type="button" className="button files-insert" onClick={insert.perform} data-testid="insert-file">
          {insert.icon && <insert.icon size={14} aria-hidden />}
          {insert.label}
        </button>
      )}
    </section>
  );
}
