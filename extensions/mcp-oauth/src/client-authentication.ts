import { type AuthorizationServerMetadata, type OAuthClientInformationMixed, selectClientAuthMethod } from "@modelcontextprotocol/client";

const encoded = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);

/** Says who claw is, in the way the endpoint takes. Before a colon joins them, name and secret are written as in a form (RFC 6749, section 2.3.1). */
export function authenticateClient(
  client: OAuthClientInformationMixed,
  { token_endpoint_auth_methods_supported: ways = [] }: AuthorizationServerMetadata,
  headers: Headers,
  form: URLSearchParams,
): void {
  const { client_id, client_secret = "" } = client;
  const way = selectClientAuthMethod(client, ways);
  if (way === "client_secret_basic")
    return headers.set("authorization", `Basic ${Buffer.from(`${encoded(client_id)}:${encoded(client_secret)}`).toString("base64")}`);
  form.set("client_id", client_id);
  if (way === "client_secret_post") form.set("client_secret", client_secret);
}
