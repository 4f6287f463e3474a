/** Service `secrets`: named secrets, from the environment or the user's credentials file. */
export interface Secrets {
  /** The secret, or undefined when there is none. An extension may ask only for names in its manifest. */
  get(name: string): Promise<string | undefined>;
}
