/** The present moment, renewed at an interval for as long as somebody shows it. */
import { useEffect, useState } from "react";

import { eventAt, useRuns } from "../store/runs";

/** The moment at which the shown run is shown, in seconds: now, or that of an earlier event. */
export function useMoment(interval: number, active = true): number {
  const at = useRuns((state) => state.at);
  const now = useNow(interval, active && at === null);
  return (at === null ? undefined : eventAt(at)?.time) ?? now / 1000;
}

export function useNow(interval: number, active = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval, active]);
  return now;
}
