/** Drills: the experiment of FIS that a stack brings along, run while people use what the stack made. On AWS the same starts by `aws fis start-experiment`. */
import type { Measure, Stage } from '#main/architecture';

const STEP = 5_000;
/** No experiment here lasts longer than this, of virtual time. */
const LONGEST = 15 * 60_000;

export type Drill = {
  /** Lets time pass until the experiment has ended; says how it did. */
  end(): Promise<Measure>;
};

/**
 * Starts an experiment; what it breaks is broken when this resolves.
 *
 * @param experimentTemplateId an output of the stack
 */
export async function startDrill(stage: Stage, experimentTemplateId = ''): Promise<Drill> {
  const { fis } = stage.aws();
  const { experiment: begun } = await fis.StartExperiment({ experimentTemplateId, clientToken: experimentTemplateId });
  const id = begun?.id ?? '';
  stage.say(`experiment ${id} of template ${experimentTemplateId}`);
  await stage.settle();
  const look = async () => (await fis.GetExperiment({ id })).experiment;
  return {
    async end() {
      const until = stage.now() + LONGEST;
      let seen = await look();
      for (; seen?.endTime === undefined && stage.now() < until; seen = await look()) await stage.advance(STEP);
      const { state, stopConditions = [] } = seen ?? {};
      const alarm = stopConditions[0]?.value?.split(':').at(-1);
      return {
        promise: 'the drill runs to its end, no alarm stops it',
        measured: `experiment ${id} ${state?.status}, watched by ${alarm}`,
        kept: state?.status === 'completed' && alarm !== undefined,
      };
    },
  };
}
