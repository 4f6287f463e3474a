import { PROXY_USER } from "./proxy-authorization.ts";

/** What programs are told so that they ask the proxy on a port of their own machine. What is near they reach themselves. */
export function proxyEnvironment(port: number, token: string): Readonly<Record<string, string>> {
  const address = `http://${PROXY_USER}:${token}@127.0.0.1:${port}`;
  const near = "localhost,127.0.0.1";
  return {
    HTTP_PROXY: address,
    HTTPS_PROXY: address,
    ALL_PROXY: address,
    NO_PROXY: near,
    http_proxy: address,
    https_proxy: address,
    all_proxy: address,
    no_proxy: near,
    npm_config_proxy: address,
    npm_config_https_proxy: address,
    npm_config_noproxy: near,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.proxy",
    GIT_CONFIG_VALUE_0: address,
    NODE_USE_ENV_PROXY: "1",
  };
}
