import { awscdk, github, javascript, ReleasableCommits, typescript } from 'projen';

/** The lowest aws-cdk-lib that users may have; also what the library is compiled and tested against. */
const CDK_FLOOR = '2.270.0';

/** What the whole check needs besides Node: the Python of the EMR image's Spark jobs, and the Java of its Spark. */
const CHECK_SETUP: github.workflows.JobStep[] = [
  { name: 'Setup Python', uses: github.ActionRefs.ACTIONS_SETUP_PYTHON, with: { 'python-version': '3.11' } },
  { name: 'Setup Java', uses: github.ActionRefs.ACTIONS_SETUP_JAVA, with: { 'distribution': 'corretto', 'java-version': '17' } },
];

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-medallion-feature-platform',
  description:
    'One CDK construct for a realtime medallion ML feature platform: Kinesis, Firehose, S3, EMR Serverless Spark and SageMaker Feature Store',
  author: 'cdk-medallion-feature-platform contributors',
  authorAddress: 'maintainers@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-medallion-feature-platform/cdk-medallion-feature-platform.git',
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-medallion-feature-platform authors',
  keywords: [
    'aws-cdk', 'awscdk', 'cdk', 'cdk-construct', 'data-lake', 'emr-serverless', 'feature-store', 'firehose',
    'iceberg', 'jsii', 'kinesis', 'machine-learning', 'medallion', 'sagemaker', 'spark',
  ],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,

  cdkVersion: CDK_FLOOR,
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',
  bumpPackage: 'commit-and-tag-version@^12', // 13 asks for Node 22
  devDeps: [
    '@aws-lambda-powertools/logger@^2',
    '@aws-lambda-powertools/metrics@^2',
    '@aws-sdk/client-s3@^3',
    '@aws-sdk/client-sagemaker@^3',
    '@aws-sdk/client-sagemaker-featurestore-runtime@^3',
    '@types/aws-lambda@^8',
    '@types/jest@^30',
    '@types/node@^20',
    'ajv@^8',
    'aws-cdk@2.1148.1', // the newest CLI that the registries agree on
    'aws-sdk-client-mock@^4',
    'cdk-nag@^3',
    'esbuild',
    'fast-check@^4',
    'jsonata@^2.2',
  ],
  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    passWithNoTests: false,
    coverageText: false,
    junitReporting: false,
    extraCliOptions: ['--maxWorkers=2'],
    jestConfig: {
      roots: ['<rootDir>/test'],
      modulePathIgnorePatterns: ['<rootDir>/.local/', '<rootDir>/dist/', '<rootDir>/lib/'],
      collectCoverage: false,
      moduleNameMapper: { '^cdk-medallion-feature-platform$': '<rootDir>/src' },
    },
  },

  projenrcTs: true,
  projenrcTsOptions: {
    runner: typescript.TypeScriptRunner.tsNode({ tsconfig: 'tsconfig.dev.json', typeCheck: true }),
  },
  disableTsconfig: true, // jsii writes its own, which git ignores
  tsconfigDevFile: 'tsconfig.dev.json',
  sampleCode: false,
  npmignoreEnabled: false, // `files` below says what ships
  pullRequestTemplate: false,
  githubOptions: { mergify: false },
  buildWorkflowOptions: { preBuildSteps: CHECK_SETUP },
  releaseWorkflowSetupSteps: CHECK_SETUP,
  eslintOptions: { dirs: ['src', 'assets/publisher', 'examples'], devdirs: ['test'] },

  publishToPypi: {
    distName: 'cdk-medallion-feature-platform',
    module: 'cdk_medallion_feature_platform',
    trustedPublishing: true,
  },
  publishToMaven: {
    javaPackage: 'io.github.cdkmedallion.featureplatform',
    mavenGroupId: 'io.github.cdk-medallion-feature-platform',
    mavenArtifactId: 'cdk-medallion-feature-platform',
    mavenServerId: 'central-ossrh',
  },
  publishToNuget: {
    packageId: 'CdkMedallionFeaturePlatform',
    dotNetNamespace: 'CdkMedallionFeaturePlatform',
    trustedPublishing: true,
  },
  publishToGo: { moduleName: 'github.com/cdk-medallion-feature-platform/cdk-medallion-feature-platform-go' },
  npmTrustedPublishing: true,
  releasableCommits: ReleasableCommits.featuresAndFixes(),
});

// one TypeScript project for everything that is linted
const eslintrc = project.tryFindObjectFile('.eslintrc.json');
eslintrc?.addDeletionOverride('parserOptions.projectService');
eslintrc?.addOverride('parserOptions.project', './tsconfig.dev.json');
// programs are bundled, and examples import the library by its own name: their packages are nobody's dependencies
project.eslint?.addOverride({
  files: ['assets/publisher/**', 'examples/**', 'test/**'],
  rules: { 'import/no-extraneous-dependencies': 'off', 'import/order': 'off' },
});

project.tryRemoveFile('projenrc/tsconfig.json');
for (const include of ['.projenrc.ts', 'assets/publisher/**/*.ts', 'examples/**/*.ts']) project.tsconfigDev.addInclude(include);
project.tsconfigDev.file.addOverride('compilerOptions.paths', { 'cdk-medallion-feature-platform': ['./src'] });

project.package.addField('files', [
  'lib/**/*.js',
  'lib/**/*.d.ts',
  'assets',
  '.jsii',
  '!**/__pycache__',
  '!**/*.tsbuildinfo',
]);
project.gitignore.addPatterns(
  '/.local/', '/assets/publisher/bundle/', '*.js.map', '/.jsii.tabl.json', '__pycache__/', '.mypy_cache/', '.ruff_cache/',
  '.hypothesis/', '.pytest_cache/', 'cdk.out/',
);

const bundle = project.addTask('bundle:publisher', {
  description: 'Bundles the publisher, AWS SDK included: the managed runtime lacks BatchWriteRecord',
  exec: 'esbuild assets/publisher/handler.ts --bundle --platform=node --target=node22 --format=cjs --legal-comments=none --log-level=warning --outfile=assets/publisher/bundle/index.js',
});
project.preCompileTask.spawn(bundle);

const rosetta = project.addTask('rosetta:extract', { exec: 'jsii-rosetta extract --strict' });
project.postCompileTask.spawn(rosetta);
project.tasks.tryFind('docgen')?.reset('node test/docs/api.mjs');

// the whole check, so that neither a build nor a release passes without it; it compiles, lints and runs jest itself
project.testTask.reset('node test/run.mjs', { receiveArgs: true });

const update = project.tasks.tryFind('test:update');
update?.prependExec('ts-node --project tsconfig.dev.json test/fixtures/write-golden.ts'); // committed documents change with the snapshots
// the built-in template validator costs seconds and 400 MB in every jest process: test/integ/validation.test.ts turns it on
update?.env('CDK_VALIDATION', 'false');

// an explicit outdir keeps jsii-pacmak from writing an .npmignore of its own
for (const lang of ['js', 'python', 'java', 'go', 'dotnet']) {
  project.tasks.tryFind(`package:${lang}`)?.reset(`jsii-pacmak -v --target ${lang} --outdir dist`);
}

// the two commands of the README set themselves up, so they cannot begin with a tool from node_modules
project.setScript('test', 'node test/run.mjs');
project.setScript('demo', 'node examples/card-features/demo.mjs');

project.synth();
