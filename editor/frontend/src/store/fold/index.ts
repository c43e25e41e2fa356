/** A run's state as a fold over its events: steps, statuses of nodes, counts of edges. */
export type { Iterations, NodeState } from "./nodes";
export { frameStepOf, isItem, iterationOf, runsApart, undoes } from "./paths";
export { NEW_RUN, RunFold, type RunSummary } from "./run";
export { isMoving, type LogLine, type StepView } from "./steps";
