/** Runtimes: which interpreter of this machine each runs in, and how it is started. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RuntimeFault } from '#kernel/contract';
import { compileDotnet, dotnetIn } from './dotnet.ts';
import type { View } from './sandbox.ts';

/** What was found on this machine for a runtime. */
export type Found = {
  /** What a function needs of this machine, its interpreter first; nothing where the code brings its own program. */
  reads: readonly string[];
  /** As the function sees it. */
  command(view: View, memory: number): string[];
  /** What the runtime adds to a function's environment. */
  environment(view: View): Record<string, string>;
  /** Adds to a copy of the bootstraps what has to be made for this machine. */
  make?: ((bootstraps: string) => Promise<void>) | undefined;
};

type Family = {
  /**
   * Names under which the machine may have the interpreter, best first.
   *
   * Deviation: where it has another version only, functions of Node.js, Python and Ruby run in that.
   */
  names(version: string): readonly string[];
  /** Prints the interpreter's real path. */
  probe: readonly string[];
  /** The path in what that printed, where it prints more; undefined for an interpreter that will not do. */
  pathIn?(printed: string, version: string): string | undefined;
  /** What a person installs. */
  install: string;
  /** As of what was found. */
  make?(interpreter: string, bootstraps: string, version: string): Promise<void>;
  /** Folders of packages that functions find after all others, as of what was found. */
  besides?(interpreter: string): Promise<string[]>;
  command(interpreter: string, view: View, memory: number): string[];
  environment(version: string, view: View): Record<string, string>;
};

/** Where installers put it without adding it to the path. */
const PLACES_OF_DOTNET = [join(homedir(), '.dotnet/dotnet'), '/usr/share/dotnet/dotnet', '/usr/lib/dotnet/dotnet'];

const FAMILIES: { readonly [family: string]: Family } = {
  nodejs: {
    names: (version) => [`node${version}`, process.execPath],
    probe: ['-p', 'process.execPath'],
    install: 'Node.js',
    command: (node, view) => [node, `${view.bootstraps}/node.mjs`],
    environment: (version, view) => ({
      NODE_PATH: [
        `${view.opt}/nodejs/node${version}/node_modules`,
        `${view.opt}/nodejs/node_modules`,
        ...(view.modules === undefined ? [] : [view.modules]),
        view.task,
      ].join(':'),
      ...(view.modules !== undefined && { CLOUDYARD_MODULES: view.modules }),
    }),
  },
  python: {
    names: (version) => [...installed('.pyenv/versions', version, 'bin/python'), `python${version}`, 'python3'],
    probe: ['-c', 'import sys; print(sys.executable)'],
    install: 'Python (Debian: python3)',
    async besides(python) {
      // By itself: functions do not have this process's PYTHONPATH.
      const own = await broughtBy(python, '-E');
      const ours = await broughtBy('python3');
      const others = ours.map((folder, index) =>
        own[index] === '' && folder !== '' ? runsIn(python, folder, BROUGHT[index]) : '',
      );
      return [...new Set(await Promise.all(others))].filter((folder) => folder !== '');
    },
    command: (python, view) => [python, `${view.bootstraps}/python.py`],
    environment: (version, view) => ({
      PYTHONPATH: [view.task, `${view.opt}/python/lib/python${version}/site-packages`, `${view.opt}/python`].join(':'),
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    }),
  },
  ruby: {
    names: (version) => [...installed('.rbenv/versions', version, 'bin/ruby'), `ruby${version}`, 'ruby'],
    probe: ['-e', 'puts RbConfig.ruby'],
    install: 'Ruby (Debian: ruby)',
    command: (ruby, view) => [ruby, `${view.bootstraps}/ruby.rb`],
    environment: (version, view) => ({
      RUBYLIB: `${view.task}:${view.opt}/ruby/lib`,
      GEM_PATH: `${view.task}/vendor/bundle/ruby/${version}.0:${view.opt}/ruby/gems/${version}.0`,
    }),
  },
  java: {
    names: () => ['java'],
    probe: ['-XshowSettings:properties', '-version'],
    pathIn: (printed, version) => {
      const home = /java\.home = (.*)/.exec(printed)?.[1];
      const major = Number(/java\.specification\.version = (\d+)/.exec(printed)?.[1] ?? 0);
      // The runtime is compiled here, so that a JDK is needed.
      const isEnough = home !== undefined && major >= Number(version) && existsSync(join(home, 'bin/javac'));
      return isEnough ? join(home, 'bin/java') : undefined;
    },
    install: 'a JDK of that version or later (Debian: default-jdk-headless)',
    async make(java, bootstraps) {
      const folder = join(bootstraps, 'java');
      const inward = join(folder, 'inward');
      const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.java') && !/^(?:inward|sdk)\//.test(name))
        .map((name) => join(folder, name));
      const compile = (...args: string[]) => run(join(dirname(java), 'javac'), args, { timeout: 60_000 });
      await compile('-d', folder, ...sources);
      // Compiled against the shape of AWS's SDK, which functions bring along themselves.
      const shape = ['-implicit:none', '-sourcepath', join(folder, 'sdk')];
      const handlers = ['Address', 'Inward', 'InwardOne'].map((name) => join(inward, `cloudyard/${name}.java`));
      await compile('-d', inward, ...shape, ...handlers);
    },
    command: (java, view, memory) => [
      java,
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '--add-opens=java.base/java.io=ALL-UNNAMED',
      // What leads AWS's addresses to the cloud asks for the usual way to others, and names whom it asks.
      '--add-opens=java.base/java.net=ALL-UNNAMED',
      '-Dsun.net.http.allowRestrictedHeaders=true',
      // AWS's environment has the locale that LANG names; this machine may have none but of ASCII.
      ...['file', 'stdout', 'stderr', 'sun.stdout', 'sun.stderr'].map((what) => `-D${what}.encoding=UTF-8`),
      `-Xmx${Math.floor(memory * JAVA_HEAP_SHARE)}m`,
      '-cp',
      `${view.bootstraps}/java`,
      'Bootstrap',
    ],
    environment: (_, view) => ({ CLOUDYARD_OPT: view.opt }),
  },
  // PowerShell, too: its packages are assemblies of .NET, with PowerShell inside.
  dotnet: {
    names: () => ['dotnet', ...PLACES_OF_DOTNET],
    probe: ['--list-sdks'],
    pathIn: dotnetIn,
    install: 'the .NET SDK of that version or later',
    async make(dotnet, bootstraps, version) {
      const folder = join(bootstraps, 'dotnet');
      const sources = readdirSync(folder).filter((name) => name.endsWith('.cs'));
      await compileDotnet(
        dotnet,
        version,
        sources.map((name) => join(folder, name)),
        { out: join(folder, 'Bootstrap.dll'), target: 'exe' },
      );
    },
    command: (dotnet, view) => ['sh', `${view.bootstraps}/dotnet/start.sh`, dotnet],
    // What was built for an older version runs on the machine's.
    environment: () => ({ DOTNET_ROLL_FORWARD: 'Major', DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' }),
  },
};

/** Variables of every runtime that a function may set itself. */
export function pathsOf({ task, opt }: View): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:${task}:${task}/lib:${opt}/lib`,
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin:/bin:${opt}/bin`,
    TZ: ':UTC',
    // Deviation: no daemon of X-Ray listens; what is sent there goes nowhere, and never leaves the machine.
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
  };
}

const run = promisify(execFile);
/** Of a function's memory, for its objects; the rest is the machine's own. */
const JAVA_HEAP_SHARE = 0.8;

/** What Lambda's own runtimes of Python bring along. Source: Lambda Developer Guide, "Supported runtimes for durable functions". */
const BROUGHT = ['boto3', 'aws_durable_execution_sdk_python'];

/** The folder in which an interpreter has each of those packages; empty where it hasn't. */
async function broughtBy(python: string, ...options: string[]): Promise<string[]> {
  const program = `import importlib.util as u, os
for name in ${JSON.stringify(BROUGHT)}:
    s = u.find_spec(name); print(os.path.dirname(os.path.dirname(s.origin)) if s else "")`;
  return run(python, [...options, '-c', program], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.split('\n').slice(0, BROUGHT.length),
    () => BROUGHT.map(() => ''),
  );
}

/** The folder of another interpreter's package, if it runs in this one, too; else none. */
function runsIn(python: string, folder: string, name = ''): Promise<string> {
  return run(python, ['-E', '-c', `import sys; sys.path.append(sys.argv[1]); import ${name}`, folder], {
    timeout: 10_000,
  }).then(
    () => folder,
    () => '',
  );
}

/** What a person's version manager has of a version, the newest first. */
function installed(folder: string, version: string, program: string): string[] {
  const root = join(homedir(), folder);
  try {
    const found = readdirSync(root).filter((name) => name === version || name.startsWith(`${version}.`));
    const newest = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true });
    return found.toSorted(newest).map((name) => join(root, name, program));
  } catch {
    return [];
  }
}

export class Runtimes {
  #found = new Map<string, Promise<Found | string>>();

  /** Why a runtime can't run here; undefined where it can. */
  async fault(runtime: string): Promise<RuntimeFault> {
    const found = await this.find(runtime);
    return typeof found === 'string' ? found : undefined;
  }

  /** The interpreter, or why there is none. */
  find(runtime: string): Promise<Found | string> {
    let found = this.#found.get(runtime);
    if (found === undefined) {
      found = look(runtime);
      this.#found.set(runtime, found);
      // What is missing may be installed meanwhile.
      void found.then((result) => typeof result === 'string' && this.#found.delete(runtime));
    }
    return found;
  }
}

async function look(runtime: string): Promise<Found | string> {
  if (runtime.startsWith('provided') || runtime === 'go1.x')
    return { reads: [], command: ({ task }) => [`${task}/bootstrap`], environment: () => ({}) };
  const [, name = '', version = ''] = /^([a-z]+)([\d.]*?)(?:\.x|\.al2)?$/.exec(runtime) ?? [];
  const family = FAMILIES[name];
  if (family === undefined) return `The runtime ${runtime} can't run on this machine: Cloudyard has no runtime for it.`;
  for (const candidate of family.names(version)) {
    const { pathIn = (printed: string) => printed.trim() } = family;
    const interpreter = await run(candidate, [...family.probe], { timeout: 10_000 }).then(
      ({ stdout, stderr }) => pathIn(family.pathIn === undefined ? stdout : stdout + stderr, version),
      () => undefined,
    );
    if (interpreter === undefined || interpreter === '') continue;
    const besides = (await family.besides?.(interpreter)) ?? [];
    const packages: Record<string, string> = besides.length === 0 ? {} : { CLOUDYARD_PACKAGES: besides.join(':') };
    return {
      reads: [interpreter, ...besides],
      command: (view, memory) => family.command(interpreter, view, memory),
      environment: (view) => ({ ...family.environment(version, view), ...packages }),
      make: family.make && ((bootstraps) => family.make?.(interpreter, bootstraps, version) ?? Promise.resolve()),
    };
  }
  return `The runtime ${runtime} can't run on this machine: none of ${family.names(version).join(', ')} was found, or will do. Install ${family.install}.`;
}
