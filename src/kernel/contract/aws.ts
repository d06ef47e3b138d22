/** The operations of every service, typed from the models, as code inside the cloud calls them. */
import type { Services } from '#models/services';

export type ServiceName = keyof Services;

/** Other services, called as the present service: `ctx.aws.kms.Encrypt(input)`. */
export type Aws = {
  readonly [Name in ServiceName]: {
    readonly [Op in keyof Services[Name]]: (input: InputOf<Name, Op>) => Promise<OutputOf<Name, Op>>;
  };
};

export type InputOf<Name extends ServiceName, Op extends keyof Services[Name]> = Services[Name][Op] extends {
  input: infer Input;
}
  ? Input
  : never;
export type OutputOf<Name extends ServiceName, Op extends keyof Services[Name]> = Services[Name][Op] extends {
  output: infer Output;
}
  ? Output
  : never;
