/** The owner's dialog of sharing: people by name, and links. */
import { Link2, Trash2, UserRound } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";

import { Dialog } from "../frame/Dialog";
import { Words } from "../inspector/Words";
import { ago } from "../runs/format";
import { CopyButton } from "../runs/ValueView";
import { showDialog } from "../store/ui";
import {
  changeRight,
  type GivenRight,
  inDays,
  makeLink,
  type Person,
  readShares,
  RIGHTS,
  type ShareLink,
  type Shares,
  shareWith,
  withdraw,
  withdrawLink,
} from "./sharing";

/** Does something on the server; then the list is read anew, or what was wrong is said. */
type Do = (work: () => Promise<unknown>) => Promise<boolean>;

const EXPIRY: readonly [days: number, label: string][] = [
  [0, "never"],
  [1, "after a day"],
  [7, "after a week"],
  [30, "after 30 days"],
];

function RightField({ label, value, onChange, testId }: { label: string; value: GivenRight; onChange: (right: GivenRight) => void; testId?: string }) {
  return (
    <select className="control share-right" aria-label={label} value={value} onChange={(event) => onChange(event.target.value as GivenRight)} data-testid={testId}>
      {RIGHTS.map(([right, word]) => (
        <option key={right} value={right}>
          {word}
        </option>
      ))}
    </select>
  );
}

function labelOf(right: GivenRight): string {
  return RIGHTS.find(([one]) => one === right)?.[1] ?? right;
}

function nameOf(link: ShareLink): string {
  return link.name || `Link of ${new Date(link.created).toLocaleDateString()}`;
}

function PersonRow({ person, links, act }: { person: Person; links: readonly ShareLink[]; act: Do }) {
  const link = links.find(({ id }) => id === person.link);
  return (
    <li className="share-row" data-testid={`share-${person.user}`}>
      <UserRound size={15} aria-hidden />
      <span className="share-who">
        <strong>{person.user}</strong>
        {link && <span className="share-about">by the link “{nameOf(link)}”{link.expired ? ", which has expired" : ""}</span>}
      </span>
      {link ? (
        <span className="share-fixed">{labelOf(person.right)}</span>
      ) : (
        <RightField label={`What ${person.user} may do`} value={person.right} onChange={(right) => void act(() => changeRight(person.id, right))} />
      )}
      <button type="button" className="small-tool" aria-label={`Withdraw the right of ${person.user}`} title="Withdraw" onClick={() => void act(() => withdraw(person.id))}>
        <Trash2 size={14} aria-hidden />
      </button>
    </li>
  );
}

function facts(link: ShareLink, now: number): string {
  const expires = link.expires && new Date(link.expires).toLocaleDateString();
  const used = link.used ? ago(link.used, now) : "";
  return [
    link.open ? "no account needed" : "for accounts",
    link.expired ? "expired" : expires ? `until ${expires}` : "",
    used ? `last opened ${used === "now" ? "just now" : /\d (s|min|h)$/.test(used) ? `${used} ago` : used}` : "never opened",
  ]
    .filter(Boolean)
    .join(" · ");
}

function LinkRow({ link, people, act }: { link: ShareLink; people: number; act: Do }) {
  return (
    <li className="share-row" data-expired={link.expired || undefined} data-testid={`link-${link.id}`}>
      <Link2 size={15} aria-hidden />
      <span className="share-who">
        <strong>{nameOf(link)}</strong>
        <span className="share-about">{facts(link, Date.now())}</span>
      </span>
      <span className="share-fixed">{labelOf(link.right)}</span>
      <button
        type="button"
        className="small-tool"
        aria-label={`Withdraw the link “${nameOf(link)}”`}
        title={people ? `Withdraw it, and the right of ${people === 1 ? "the one" : `the ${people}`} who came by it` : "Withdraw"}
        onClick={() => void act(() => withdrawLink(link.id))}
        data-testid="withdraw-link"
      >
        <Trash2 size={14} aria-hidden />
      </button>
    </li>
  );
}

function NewPerson({ act }: { act: Do }) {
  const [user, setUser] = useState("");
  const [right, setRight] = useState<GivenRight>("view");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act(() => shareWith(user.trim(), right))) setUser("");
  };
  return (
    <form className="share-new" onSubmit={(event) => void submit(event)}>
      <input type="text" className="control" aria-label="User name" placeholder="User name" maxLength={150} required value={user} onChange={(event) => setUser(event.target.value)} data-testid="share-user" />
      <RightField label="What they may do" value={right} onChange={setRight} testId="share-right" />
      <button type="submit" className="button" disabled={!user.trim()} data-testid="share-add">
        Share
      </button>
    </form>
  );
}

function NewLinkForm({ act }: { act: Do }) {
  const [name, setName] = useState("");
  const [right, setRight] = useState<GivenRight>("view");
  const [open, setOpen] = useState(false);
  const [days, setDays] = useState(30);
  const [address, setAddress] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = { name: name.trim(), right, open: open && right === "view", expires: inDays(days) };
    if (await act(async () => setAddress(await makeLink(wanted)))) setName("");
  };
  return (
    <>
      <form className="share-new share-new-link" onSubmit={(event) => void submit(event)}>
        <input type="text" className="control" aria-label="Name of the link" placeholder="What the link is for (optional)" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} data-testid="link-name" />
        <RightField label="What those with the link may do" value={right} onChange={setRight} testId="link-right" />
        <label className="share-expiry">
          expires
          <select className="control" value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {EXPIRY.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button" data-testid="link-make">
          Make a link
        </button>
        <label className="share-open">
          <input type="checkbox" checked={open && right === "view"} disabled={right !== "view"} onChange={(event) => setOpen(event.target.checked)} data-testid="link-open" />
          <span>
            Anyone with the link may look, without signing in
            {right !== "view" && <span className="share-about"> (who may {right} always signs in)</span>}
          </span>
        </label>
      </form>
      {address && (
        <div className="share-address" role="status">
          <p>This address is shown this once. Copy it now.</p>
          <div className="share-copy">
            <code data-testid="link-address">{address}</code>
            <CopyButton text={() => address} label="Copy the address" />
          </div>
        </div>
      )}
    </>
  );
}

export function Share() {
  const [shares, setShares] = useState<Shares | null>(null);
  const [error, setError] = useState("");
  const act: Do = async (work) => {
    setError("");
    try {
      await work();
      setShares(await readShares());
      return true;
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      return false;
    }
  };
  useEffect(() => void act(async () => undefined), []);
  return (
    <Dialog title="Share" wide onClose={() => showDialog(null)} testId="share-dialog">
      <p className="dialog-about">
        Who may look sees the drawing, its versions and its runs; who may run also starts them; who may edit also changes the draft, and
        sees what is written into it. Publishing, webhooks and sharing stay with you.
      </p>
      {error && (
        <p className="dialog-error" role="alert">
          <Words text={error} />
        </p>
      )}
      <section className="share-part" aria-label="People">
        <h3>People</h3>
        <NewPerson act={act} />
        {shares && !shares.people.length && <p className="share-none">Nobody yet.</p>}
        <ul>
          {shares?.people.map((person) => (
            <PersonRow key={person.id} person={person} links={shares.links} act={act} />
          ))}
        </ul>
      </section>
      <section className="share-part" aria-label="Links">
        <h3>Links</h3>
        <NewLinkForm act={act} />
        {shares && !shares.links.length && <p className="share-none">No links yet. Whoever opens one is listed above, and loses the right when the link is withdrawn.</p>}
        <ul>
          {shares?.links.map((link) => (
            <LinkRow key={link.id} link={link} people={shares.people.filter((person) => person.link === link.id).length} act={act} />
          ))}
        </ul>
      </section>
    </Dialog>
  );
}
