/** The icons of node types: lucide names as the server gives them, and one for the unknown. */
import {
  ArrowDownAZ,
  Box,
  CircleStop,
  FileInput,
  FileOutput,
  Filter,
  Flag,
  GitBranch,
  Gauge,
  Globe,
  Group,
  Hourglass,
  ListChecks,
  ListEnd,
  type LucideIcon,
  Merge,
  OctagonX,
  Pencil,
  Play,
  RefreshCw,
  Repeat,
  Reply,
  Scissors,
  ScrollText,
  Sheet,
  Shield,
  Sigma,
  Siren,
  Split,
  Table,
  Timer,
  Trophy,
  Type,
  UserCheck,
  Webhook,
  Workflow,
} from "lucide-react";
import { memo } from "react";

const ICONS: Record<string, LucideIcon> = {
  "arrow-down-a-z": ArrowDownAZ,
  "circle-stop": CircleStop,
  "file-input": FileInput,
  "file-output": FileOutput,
  filter: Filter,
  "list-checks": ListChecks,
  flag: Flag,
  "git-branch": GitBranch,
  gauge: Gauge,
  globe: Globe,
  group: Group,
  hourglass: Hourglass,
  "list-end": ListEnd,
  merge: Merge,
  "octagon-x": OctagonX,
  pencil: Pencil,
  play: Play,
  "refresh-cw": RefreshCw,
  repeat: Repeat,
  reply: Reply,
  scissors: Scissors,
  "scroll-text": ScrollText,
  sheet: Sheet,
  shield: Shield,
  sigma: Sigma,
  siren: Siren,
  split: Split,
  table: Table,
  timer: Timer,
  trophy: Trophy,
  type: Type,
  "user-check": UserCheck,
  webhook: Webhook,
  workflow: Workflow,
};

interface Props {
  name: string | undefined;
  size?: number;
}

export const NodeIcon = memo(function NodeIcon({ name, size = 18 }: Props) {
  const Icon = (name && ICONS[name]) || Box;
  return <Icon size={size} strokeWidth={1.75} aria-hidden />;
});
