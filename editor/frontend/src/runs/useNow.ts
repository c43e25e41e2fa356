/** The present moment, renewed at an interval for as long as somebody shows it. */
import { useEffect, useState } from "react";

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
