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
  Globe,
  type LucideIcon,
  Merge,
  OctagonX,
  Pencil,
  Play,
  Reply,
  Scissors,
  ScrollText,
  Sheet,
  Sigma,
  Split,
  Table,
  Timer,
  Type,
  Webhook,
} from "lucide-react";
import { memo } from "react";

const ICONS: Record<string, LucideIcon> = {
  "arrow-down-a-z": ArrowDownAZ,
  "circle-stop": CircleStop,
  "file-input": FileInput,
  "file-output": FileOutput,
  filter: Filter,
  flag: Flag,
  "git-branch": GitBranch,
  globe: Globe,
  merge: Merge,
  "octagon-x": OctagonX,
  pencil: Pencil,
  play: Play,
  reply: Reply,
  scissors: Scissors,
  "scroll-text": ScrollText,
  sheet: Sheet,
  sigma: Sigma,
  split: Split,
  table: Table,
  timer: Timer,
  type: Type,
  webhook: Webhook,
};

interface Props {
  name: string | undefined;
  size?: number;
}

export const NodeIcon = memo(function NodeIcon({ name, size = 18 }: Props) {
  const Icon = (name && ICONS[name]) || Box;
  return <Icon size={size} strokeWidth={1.75} aria-hidden />;
});
