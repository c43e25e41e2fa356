/** The problems that stand against something, in a dialog; each leads to its node. */
import { reveal } from "../canvas/view";
import { ProblemText } from "../inspector/ProblemText";
import type { Problem } from "../model/types";
import { select } from "../store/selection";
import { showDialog } from "../store/ui";

export function Problems({ about, problems }: { about: string; problems: readonly Problem[] }) {
  return (
    <div className="publish-problems" role="alert">
      <p>{about}</p>
      <ul>
        {problems.map((problem, index) => (
          <li key={index} className={`is-${problem.severity}`}>
            {problem.node ? (
              <button
                type="button"
                className="link"
                onClick={() => {
                  showDialog(null);
                  if (problem.node) {
                    select([problem.node]);
                    reveal(problem.node);
                  }
                }}
              >
                {problem.node}
              </button>
            ) : null}{" "}
            <ProblemText node={problem.node} problem={problem} />
          </li>
        ))}
      </ul>
    </div>
  );
}
