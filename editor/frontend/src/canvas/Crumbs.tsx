/** Where the person is: the blueprints that led here by their calls, this one, and the frames around what is selected. */
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { framesAround } from "../model/frames";
import { type Caller, calledPage, callers } from "../store/callers";
import { useDraft } from "../store/document";
import { clearSelection, select, useSelectedNode } from "../store/selection";
import { useForms } from "../store/shapes";
import { fit } from "./view";

function Crumb({ children }: { children: ReactNode }) {
  return (
    <li>
      {children}
      <ChevronRight size={12} aria-hidden />
    </li>
  );
}

export function Crumbs() {
  const name = useDraft((state) => state.name);
  const chosen = useSelectedNode();
  const forms = useForms();
  const [way, setWay] = useState<readonly Caller[]>([]);
  useEffect(() => {
    void callers().then(setWay);
  }, []);
  const form = chosen === undefined ? undefined : forms.get(chosen);
  const around = form && chosen !== undefined ? framesAround(forms, chosen).reverse() : [];
  const frames = form?.shape.frame && chosen !== undefined ? [...around, chosen] : around;
  if (!way.length && !frames.length) return null;
  return (
    <nav className="crumbs" aria-label="Where you are" data-testid="crumbs">
      <ol>
        {way.map(({ id, name: title }) => (
          <Crumb key={id}>
            <a href={calledPage(id)} title={title}>{title}</a>
          </Crumb>
        ))}
        <Crumb>
          <button
            type="button"
            title={name}
            onClick={() => {
              clearSelection();
              fit();
            }}
          >
            {name}
          </button>
        </Crumb>
        {frames.map((id) => {
          const frame = forms.get(id);
          const title = frame?.node.title || frame?.spec?.title || id;
          return (
            <Crumb key={id}>
              <button
                type="button"
                title={title}
                aria-current={id === chosen ? "location" : undefined}
                onClick={() => {
                  select([id]);
                  fit(new Set([id]));
                }}
              >
                {title}
              </button>
            </Crumb>
          );
        })}
      </ol>
    </nav>
  );
}
