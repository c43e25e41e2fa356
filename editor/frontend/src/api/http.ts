/** Calls to the server's API: one function, one type of error, the ETag of what was read. */

import type { Problem } from "../model/types";

/** What the server said was wrong (RFC 9457), or that it could not be reached (status 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: readonly Problem[] = [],
    /** Every other member of the problem, such as `yours` and `current` of a conflict. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** The server did not answer at all: the request may be sent again. */
  get offline(): boolean {
    return this.status === 0;
  }

  /** Someone else has saved in the meantime. */
  get conflict(): boolean {
    return this.status === 409 || this.status === 412;
  }
}

export interface Answer<T> {
  readonly data: T;
  readonly etag: string | null;
  readonly status: number;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** The revision that the change is based on, sent as If-Match. */
  readonly ifMatch?: string | number;
  readonly signal?: AbortSignal;
  /** Let the request outlive the page, for a last save while it is being closed. */
  readonly keepalive?: boolean;
}

/**
 * The one source of the CSRF token, CSRF_COOKIE_NAME in the site's settings: Django renews it at
 * every sign-in, so that what the page was given would be refused after one in another tab.
 */
const CSRF_COOKIE = "conductor_csrf";

let base = "/api/";

/** Say where the API is. */
export function configureApi(address: string): void {
  base = address;
}

/** Where the API has this, for the browser itself. */
export function addressOf(path: string): string {
  return path.startsWith("/") ? path : base + path;
}

/** What a form that is sent by the browser itself has to carry. */
export const csrfToken = (): string => cookie(CSRF_COOKIE) ?? "";

/** Ask the API; `path` is relative to it (`runs/<id>/`) or begins with a slash. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const response = await send(path, options);
  const body = await readBody(response).catch(notReached);
  if (!response.ok) throw errorOf(response.status, response.statusText, body);
  return { data: body as T, etag: response.headers.get("ETag"), status: response.status };
}

/** The same, for those who need nothing but the answer's body. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>(path, signal ? { signal } : {})).data;
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await request<T>(path, { method: "POST", body })).data;
}

/** Send a body as it is, a file's content for example, with what a change needs. */
export async function sendBody(path: string, body: BodyInit): Promise<Response> {
  const headers = { "X-CSRFToken": cookie(CSRF_COOKIE) ?? "" };
  try {
    return await fetch(addressOf(path), { method: "POST", headers, credentials: "same-origin", body });
  } catch {
    throw new ApiError(0, "offline", "The server can't be reached. Your work is kept here.");
  }
}

/** The error of an answer whose text was read already. */
export function failureOf({ status, statusText }: Response, text: string): ApiError {
  return errorOf(status, statusText, parsed(text));
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = cookie(CSRF_COOKIE) ?? "";
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.ifMatch !== undefined) headers["If-Match"] = quoted(options.ifMatch);
  try {
    return await fetch(addressOf(path), {
      method,
      headers,
      credentials: "same-origin",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
    });
  } catch (error) {
    return notReached(error);
  }
}

/** The network may also go away in the middle of an answer; whoever gave up a question knows. */
function notReached(error: unknown): never {
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  throw new ApiError(0, "offline", "The server can't be reached. Your work is kept here.");
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  return parsed(await response.text());
}

function parsed(text: string): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A proxy's HTML page: the status says more than its text.
    return null;
  }
}

/** Make the one kind of error from any answer that is not a success. */
export function errorOf(status: number, statusText: string, body: unknown): ApiError {
  const problem = isRecord(body) ? body : {};
  // What the server says of credentials is meant for scripts.
  const told = status === 401 ? null : firstText(problem["detail"], problem["title"]);
  const detail = told ?? sentenceFor(status, statusText);
  const problems = Array.isArray(problem["problems"]) ? (problem["problems"] as Problem[]) : [];
  return new ApiError(status, firstText(problem["code"]) ?? `http_${status}`, detail, problems, problem);
}

function sentenceFor(status: number, statusText: string): string {
  if (status === 401 || status === 403) return "You are signed out. Sign in again in another tab; your work is kept here.";
  if (status === 404) return "This is no longer there.";
  if (status === 413) return "This is too large for the server.";
  if (status >= 500) return "The server failed to answer this. Try again in a moment.";
  return statusText ? `The server answered ${status} ${statusText}.` : `The server answered ${status}.`;
}

function quoted(revision: string | number): string {
  const text = String(revision);
  return text.startsWith('"') || text.startsWith("W/") ? text : `"${text}"`;
}

function cookie(name: string): string | null {
  if (typeof document === "undefined") return null;
  for (const part of document.cookie.split("; ")) {
    if (part.startsWith(`${name}=`)) return decodeURIComponent(part.slice(name.length + 1));
  }
  return null;
}

function firstText(...values: unknown[]): string | null {
  for (const value of values) if (typeof value === "string" && value) return value;
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
