/** How a test stands, as a sign. */
import { Ban, Check, Circle, LoaderCircle, X } from "lucide-react";

import { CASE_TONES, CASE_WORDS, type CaseState } from "./state";

const SIGNS = { running: LoaderCircle, passed: Check, differs: X, refused: Ban, unknown: Circle };

/** A word stands beside it, for those who do not see it. */
export function CaseSign({ state }: { state: CaseState }) {
  const Icon = SIGNS[state];
  return <Icon className={`case-sign${state === "running" ? " turning" : ""}`} size={14} strokeWidth={2.5} aria-hidden />;
}

/** So many tests stand so. */
export function CaseCount({ state, count }: { state: CaseState; count: number }) {
  return (
    <span className="case-count" data-status={CASE_TONES[state]} title={`${count} ${CASE_WORDS[state]}`}>
      <CaseSign state={state} />
      {count}
      <span className="visually-hidden"> {CASE_WORDS[state]}</span>
    </span>
  );
}
