/** Files to the API: sent as they are, answered as text. */
import { failureOf, sendBody } from "./http";

/** Send a file's content; answers the text of what the server made of it. */
export async function send(path: string, content: BodyInit): Promise<string> {
  const response = await sendBody(path, content);
  const text = await response.text();
  if (!response.ok) throw failureOf(response, text);
  return text;
}
