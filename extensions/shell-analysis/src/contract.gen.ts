// Generated from extension.json of claw/shell-analysis by `claw ext types`. Do not edit.

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly "shell-analysis": unknown };
  };
  readonly uses: { readonly "shell-spec": true };
}
