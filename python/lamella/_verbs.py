# Made by `go run ./tools/pyapi`.
from __future__ import annotations

from typing import Optional, Union

from ._run import Environment, Progress, StrPath, Strings, Version, call
from . import _types


def init(
    project: Optional[StrPath] = None,
    *,
    full: Optional[bool] = None,
    to: Optional[str] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.InitResult:
    """Write a first configuration: [tool.lamella] at the end of the project's
    pyproject.toml, or a new lamella.toml if there is none. Nothing that exists is
    rewritten. Prints the path of the file.

    Arguments:
      full: write every key, commented out
      to: destination to write: s3://BUCKET/PREFIX, or a folder
"""
    return call(_types.InitResult, "init", ["project"], _LISTS, locals())


def plan(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    attach: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    compatible_architecture: Optional[Strings] = None,
    compatible_runtime: Optional[Strings] = None,
    container: Optional[Union[bool, str]] = None,
    description: Optional[str] = None,
    detailed_exitcode: Optional[bool] = None,
    detect: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    force: Optional[bool] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    license: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    outputs: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    shard: Optional[str] = None,
    share: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PlanResult:
    """Show what deploy would do, and why: the outcome, the distributions added (+),
    removed (−) and changed (~) against the latest published version, the size against
    Lambda's limit, what excludes leave out. Nothing is changed at the destination.

    Where distributions cannot be installed, the plan shows what is known and marks them,
    and the command fails.

    With --output the plan is kept in a file, which lamella apply carries out exactly as
    it was shown, or not at all. It holds the settings, without credentials.

    With --detailed-exitcode the exit status is 0 if there is nothing to do, 2 if there is,
    and another one for every error: 1 for what is otherwise 2.

    Arguments:
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      attach: function to move to new versions, by lamella attach and deploy --attach: a name, a pattern or tag:NAME=VALUE; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      compatible_architecture: architecture that the version is marked compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is marked compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      description: description of the layer version, at most 256 characters
      detailed_exitcode: exit with 2 if there is something to do
      detect: what counts as a change: content (of the layer) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      force: publish a new version even if nothing changed
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: keep the plan in this file, for lamella apply
      outputs: file to write the ARNs into: .json, .env or .tfvars; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      share: share each new version with an account, an organization (o-…) or everyone (*); may be repeated
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      storage: what Lambda keeps of a version: a copy, or a reference to the zip on S3; default: copy
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.PlanResult, "plan", ["project"], _LISTS, locals())


def apply(
    plan: StrPath,
    *,
    shard: Optional[str] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ApplyResult:
    """Do exactly what the plan in a file said, made by lamella plan --output. If anything
    moved since then, nothing is done for any layer, and what moved is said: a version that
    was published or deleted, another lock file, other bytes of the zip, another account.

    The settings are those of the plan, and its paths mean what they meant then: run it in
    the same folder. The configuration of the project is not read, but for credentials of
    indexes. A run that was interrupted is completed by the same command.

    Several jobs carry out one plan, each with another --shard.

    Arguments:
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
"""
    return call(_types.ApplyResult, "apply", ["plan"], _LISTS, locals())


def deploy(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    attach: Optional[bool] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    compatible_architecture: Optional[Strings] = None,
    compatible_runtime: Optional[Strings] = None,
    container: Optional[Union[bool, str]] = None,
    description: Optional[str] = None,
    detect: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    force: Optional[bool] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    license: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    outputs: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    shard: Optional[str] = None,
    share: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DeployResult:
    """Do what is needed of build, upload and publish, and nothing when nothing changed.
    Prints the ARN of the version that now holds the content, new or not.

    Several layers, runtimes, architectures, regions and accounts are done at once, an
    ARN a line. One that fails stops no other; the same command again does what is left.

    Arguments:
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      attach: move the functions that "attach" names in the configuration to the new versions
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      compatible_architecture: architecture that the version is marked compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is marked compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      description: description of the layer version, at most 256 characters
      detect: what counts as a change: content (of the layer) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      force: publish a new version even if nothing changed
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      outputs: file to write the ARNs into: .json, .env or .tfvars; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      share: share each new version with an account, an organization (o-…) or everyone (*); may be repeated
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      storage: what Lambda keeps of a version: a copy, or a reference to the zip on S3; default: copy
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.DeployResult, "deploy", ["project"], _LISTS, locals())


def build(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    unpacked: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.BuildResult:
    """Make the layer's zip from the lock file of PROJECT (a folder, by default the
    current one): choose the wheels for the Lambda runtime, fetch what the cache
    lacks, compose the zip. Prints the path of the zip.

    --unpacked writes a folder instead, with the files that the zip would have: python/, and
    bin/ with --scripts. It is for tools that take a folder, such as a makefile of SAM, COPY
    of a container image and sam local. A folder that lamella wrote is replaced as a whole,
    and one with other files in it is refused.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      unpacked: write the layer as this folder instead of a zip
"""
    return call(_types.BuildResult, "build", ["project"], _LISTS, locals())


def package(
    directory: StrPath,
    *,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    exclude: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    runtime: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PackageResult:
    """Make a layer's zip from any folder, such as one filled by pip install --target, by
    the same rules as build: sorted, with fixed times and modes, so that equal files
    give equal bytes. A DIR with a folder python/ in it is taken as the layer's root;
    any other goes below python/. Prints the path of the zip. --bytecode needs to know
    the --runtime. lamella publish --zip makes a layer version of the zip.

    Of the configuration only what flags and the environment say is used.

    Arguments:
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
"""
    return call(_types.PackageResult, "package", ["directory"], _LISTS, locals())


def check(
    zip_or_version: Optional[Union[int, StrPath]] = None,
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    import_: Optional[Strings] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    python: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    static: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CheckResult:
    """Check the layer that the project makes, a ZIP made by any program, or a published
    VERSION, before a function finds out.

    The first part reads the layer's files, for any target on any machine: machine code for
    another processor or interpreter, shared libraries that neither the layer nor the
    runtime has, symbols of a newer glibc or libstdc++ than the runtime's, requirements that
    are missing, modules that replace those of the standard library, part of the AWS SDK,
    .pth files, and files that only their owner can read.

    The second part imports every top-level module in a fresh process that starts as a
    function does, with only the layer on sys.path, without credentials or network. This
    runs the code of the layer. It needs a CPython of the target's version and processor:
    one that is found on this machine, or the command of --python, such as
    "qemu-aarch64 -L ROOT ROOT/usr/bin/python3.13". --static leaves this part out.

    Errors are what does not work, warnings what may not, notes what is good to know. Only
    errors make the command fail. Layers with the same findings share one block.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      import_: import this module, too, such as scipy.stats; may be repeated
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      python: command that runs the interpreter to import the modules in; default: a CPython of this machine
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      static: import nothing: only read the layer's files
"""
    return call(_types.CheckResult, "check", ["zip_or_version", "project"], _LISTS, locals())


def upload(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    layer_zip: Optional[bool] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.UploadResult:
    """Send the zip that build made to the layer's home on S3, below its SHA-256, unless
    it is there already. Prints the object's URI.

    --layer-zip sends it to {home}/layer/layer.zip instead, where the Python package
    aws_lambda_artifact_builder and its successor look for a zip to publish.

    Arguments:
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      layer_zip: send the zip to {home}/layer/layer.zip, for aws_lambda_artifact_builder to publish
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.UploadResult, "upload", ["project"], _LISTS, locals())


def publish(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    attach: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    compatible_architecture: Optional[Strings] = None,
    compatible_runtime: Optional[Strings] = None,
    container: Optional[Union[bool, str]] = None,
    description: Optional[str] = None,
    detect: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    force: Optional[bool] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    license: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    outputs: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    share: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    to: Optional[StrPath] = None,
    zip: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PublishResult:
    """Make a layer version of the zip that upload sent, if anything changed since the
    latest version, and keep the lock file beside it. Without a zip built on this
    machine, {home}/layer/layer.zip is taken if it was made from this very lock file.
    Prints the ARN of the version that now holds the content, new or not.

    --zip publishes a layer that something else made: a zip, byte for byte, or a folder, of
    which lamella makes the zip. No lock file is read. A version is published if the layer's
    files differ from those of the latest version; the order, the times and the compression
    of a zip do not matter. The list of the files is stored instead of a lock file.

    Arguments:
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      attach: function to move to new versions, by lamella attach and deploy --attach: a name, a pattern or tag:NAME=VALUE; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      compatible_architecture: architecture that the version is marked compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is marked compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      description: description of the layer version, at most 256 characters
      detect: what counts as a change: content (of the layer) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      force: publish a new version even if nothing changed
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      outputs: file to write the ARNs into: .json, .env or .tfvars; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      share: share each new version with an account, an organization (o-…) or everyone (*); may be repeated
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      storage: what Lambda keeps of a version: a copy, or a reference to the zip on S3; default: copy
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
      zip: publish this zip or folder, made by any program, instead of what build made
"""
    return call(_types.PublishResult, "publish", ["project"], _LISTS, locals())


def ls(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    all: Optional[bool] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.LsResult:
    """List every configured layer at every place: its newest version, how many versions
    there are, how many function versions use the newest and older ones, and whether the
    newest version is what the lock file makes:

      current           the lock file makes this version
      behind            the lock file has changed since
      never published   the layer has no version
      foreign           another tool published the newest version
      unknown           there is no lock file here to compare with

    Layers at several places are one line if they are equal there. With --all, list the
    other layers in these accounts and regions, too.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all: list all other layers in the same accounts and regions, too
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.LsResult, "ls", ["project"], _LISTS, locals())


def status(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.StatusResult:
    """Print what lamella ls prints. The exit status is 0 if every layer is current, 2 if any
    is not, and another one for every error: 1 for what is otherwise 2.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.StatusResult, "status", ["project"], _LISTS, locals())


def users(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.UsersResult:
    """Show which functions, in $LATEST and in every published version, use which version of
    the layer, and which aliases point to them. The functions of all configured accounts are
    looked at, as far as they may be listed. VERSION is a number or an ARN.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.UsersResult, "users", ["version", "project"], _LISTS, locals())


def history(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.HistoryResult:
    """List the versions of the layer, newest first: when they were published, from which
    lock file, and which distributions changed against the version before.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.HistoryResult, "history", ["project"], _LISTS, locals())


def show(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    format: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ShowResult:
    """Show one published version of the layer, the latest if none is named: what it was
    made from, which distributions are in it, where its zip and its lock file are, who may
    use it, and which functions do. VERSION is a number or an ARN.

    --format prints the version for another tool instead: what Terraform's data source
    "external" reads, or a snippet to paste into a template of SAM (sam) or CloudFormation
    (cfn), a stack of CDK (cdk, cdk-python) or serverless.yml. Where an ssm-parameter is
    configured, the snippet names it, so that it stays valid when a version is published. The
    formats json, env and tfvars are those of the files of outputs.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      format: print the version for another tool: cdk, cdk-python, cfn, env, json, sam, serverless, terraform-external, tfvars
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.ShowResult, "show", ["version", "project"], _LISTS, locals())


def diff(
    old: Optional[Version] = None,
    new: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    output: Optional[StrPath] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DiffResult:
    """Show what differs from the version OLD to the version NEW, distribution by
    distribution: added (+), removed (−) and changed (~). Without NEW, OLD is compared with
    the project's lock file as it is now; without OLD as well, the latest version is.
    Versions are numbers or ARNs.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      name: the layer's name; default: {name}, the project's name
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      output: the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.DiffResult, "diff", ["old", "new", "project"], _LISTS, locals())


def attach(
    functions: Strings = (),
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    add: Optional[bool] = None,
    alias: Optional[str] = None,
    arch: Optional[Strings] = None,
    canary: Optional[str] = None,
    for_: Optional[str] = None,
    force: Optional[bool] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    managed: Optional[bool] = None,
    min_calls: Optional[int] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    promote_untested: Optional[bool] = None,
    publish: Optional[bool] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    rollback: Optional[bool] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    version: Optional[Version] = None,
    yes: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.AttachResult:
    """Show which functions would move from another version of the layer to the newest, or to
    --version; with --yes, move them. Everything else about a function stays as it is, and so
    does the position of the layer. FUNCTION is a name, a pattern such as 'web-*', or
    tag:NAME=VALUE; without one, those are meant that "attach" names in the configuration.

    Only $LATEST of a function can be changed, at once for everybody who calls it without a
    version or an alias. With --alias, a version of the function is published and the alias
    moved to it, which is refused if $LATEST has other changes than the layer. With --canary,
    the new version gets a part of the alias' traffic first; lamella watches the errors and
    the duration of both versions, then moves the alias or undoes everything.

    What was interrupted is completed by the same command, or undone by --rollback.
    Functions that CloudFormation, Terraform or another tool manages are skipped without
    --managed: the tool may set them back.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      add: add the layer to functions that do not have it
      alias: publish a version of each function and move this alias to it
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      canary: give the new version this share of the alias' traffic first, such as 10%
      for_: how long to watch the canary; at least the function's timeout and 3 minutes
      force: attach although the layer is not declared for the function's runtime or architecture
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      managed: change functions that another tool manages, too
      min_calls: how many calls of the new version a verdict needs
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      promote_untested: move the alias although the new version had fewer calls
      publish: publish a version of each function
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      rollback: undo what attach did to the functions
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
      version: version of the layer, its number or ARN; default: the newest
      yes: change the functions; without it nothing is changed
"""
    return call(_types.AttachResult, "attach", ["functions"], _LISTS, locals())


def rollback(
    version: Version,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    hold: Optional[bool] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    reason: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    share: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    to: Optional[StrPath] = None,
    yes: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.RollbackResult:
    """Publish the very bytes of an old version again, as a new version, with the lock file
    and the record of the old one. The bytes are the zip on S3, or what Lambda serves, or
    made again from the stored lock file and compared. When the latest version has this
    content already, nothing is published. Prints the ARN.

    VERSION is a number, an ARN, or "previous": the newest version whose content differs
    from that of the latest. For several layers the plan is shown, and --yes carries it out.

    The next deploy publishes what the project's lock file says. With --hold, deploy refuses
    to publish the layer until lamella release.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      hold: let nothing publish the layer until lamella release
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      reason: why it is held, which deploy repeats
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      share: share each new version with an account, an organization (o-…) or everyone (*); may be repeated
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      storage: what Lambda keeps of a version: a copy, or a reference to the zip on S3; default: copy
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
      yes: roll back several layers; without it the plan is shown
"""
    return call(_types.RollbackResult, "rollback", ["version", "project"], _LISTS, locals())


def release(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ReleaseResult:
    """Remove the hold of lamella rollback --hold, so that deploy publishes the layer again.
    Layers that are not held stay as they are.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.ReleaseResult, "release", ["project"], _LISTS, locals())


def verify(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    download: Optional[bool] = None,
    find_links: Optional[Strings] = None,
    index_url: Optional[str] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.VerifyResult:
    """Make the zip of a published version again, the latest if none is named, from the lock
    file and the options stored beside it, and compare its SHA-256 with the one that Lambda
    states, or, with --download, with that of the zip that Lambda serves. Wheels in the
    cache are hashed before they are used. If the two zips differ, their entries are
    compared, and the first that differs is named. Prints the SHA-256.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      download: fetch the zip from Lambda and hash it, instead of taking Lambda's word for its digest
      find_links: additional folder or page of wheels; may be repeated
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.VerifyResult, "verify", ["version", "project"], _LISTS, locals())


def share(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    revoke: Optional[bool] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    share: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    sync: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ShareResult:
    """Show for each version who may use it beside its own account, and what --sync would
    change. Every new version is shared by deploy with the principals that "share" names
    in the configuration; --sync shares the older ones with them, too. Nothing is taken
    back without --revoke, and never what another tool granted.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      revoke: take back what lamella granted to others
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      share: share each new version with an account, an organization (o-…) or everyone (*); may be repeated
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      sync: share every version with the principals that are configured
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
"""
    return call(_types.ShareResult, "share", ["project"], _LISTS, locals())


def prune(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    keep: Optional[int] = None,
    keep_rollback: Optional[int] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    older_than: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    shared: Optional[bool] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    yes: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PruneResult:
    """Show which versions would be deleted, and which stay and why; with --yes, delete them.
    With both --keep and --older-than, a version goes only if both let it go.

    The latest version stays, and every one that a function of the account and region has,
    in $LATEST or in any published version; each is looked for again right before it is
    deleted. Where functions may not be listed, nothing is deleted. The functions of all
    configured accounts are looked at. A version that is shared with another account stays,
    too, since its functions cannot be seen.

    Versions go first, then what lay beside them on S3, then zips that no version has and
    that are older than a day. Functions that have a deleted version keep it, but can no
    longer be updated with it.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      keep: keep the newest N versions
      keep_rollback: keep the newest N versions with another content than the latest, for a rollback
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      older_than: keep the versions that are younger: 12h, 90d, 8w
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      shared: delete versions that are shared with other accounts, too
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
      yes: delete; without it nothing is changed
"""
    return call(_types.PruneResult, "prune", ["project"], _LISTS, locals())


def resolve(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ResolveResult:
    """Show the exact wheels that the lock file comes down to for the Lambda runtime, as a
    table or, with --format, as a lock file of these wheels and no others: a
    requirements.txt with hashes, or a pylock.toml (PEP 751). No wheel is fetched.
    Layers with the same files share one block.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
"""
    return call(_types.ResolveResult, "resolve", ["project"], _LISTS, locals())


def why(
    distribution: str,
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.WhyResult:
    """Show who asks for a distribution: the ways from the project to it, and the markers
    on them. Of its files, show which one is chosen for the Lambda runtime, and for each
    other one why it is not. Of a distribution that is in the lock file and not in the
    layer, show what keeps it out. Layers with the same answer share one block.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
"""
    return call(_types.WhyResult, "why", ["distribution", "project"], _LISTS, locals())


def tree(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.TreeResult:
    """Show what is in the layer and what requires it, as a tree: the size of each wheel
    and, of wheels that are in the cache, what it takes unzipped. What a distribution
    requires is shown where it comes first; elsewhere it is marked (*). Layers with the
    same tree share one block.

    A requirements.txt does not tell what requires what. Then the wheels in the cache
    do; lamella build fetches them.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
"""
    return call(_types.TreeResult, "tree", ["project"], _LISTS, locals())


def vendor(
    directory: StrPath,
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.VendorResult:
    """Put the wheels and source distributions of all configured layers into the folder
    DIR, for a machine that cannot reach a package index. Files that are in DIR already
    stay. Prints the path of the folder.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
"""
    return call(_types.VendorResult, "vendor", ["directory", "project"], _LISTS, locals())


def policy(
    commands: Strings = (),
    *,
    account: Optional[Strings] = None,
    acl: Optional[str] = None,
    arch: Optional[Strings] = None,
    bucket: Optional[bool] = None,
    kms_key: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    trust: Optional[str] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PolicyResult:
    """Print the IAM policy with which the commands work for the configured layers, and nothing
    else: for one account the policy itself, for several a JSON object with one for each.
    "hold" is what rollback --hold needs beside rollback. lamella ls --all also needs
    lambda:ListLayers on "*".

    With --bucket, print the policy of the bucket that storage = "reference" needs. With
    --trust, print the trust policy of the roles in role-arn, for the user or role with this
    ARN in another account.

    Arguments:
      account: only the layers in the account of this number or pattern; may be repeated
      acl: ACL of the objects on S3: bucket-owner-full-control, for a bucket of another account
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      bucket: print the bucket policy for storage = "reference"
      kms_key: KMS key (ID, ARN or alias) that encrypts the objects on S3; default: the bucket's default
      layer: only the layers of this name or pattern, of several that are configured; may be repeated
      name: the layer's name; default: {name}, the project's name
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      role_arn: role to assume for publishing
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      shard: only the K-th of N parts of the layers, of N jobs; auto: as AWS Batch or the CI system says
      sse: encryption to request from S3: AES256 or aws:kms (with --kms-key, else the account's own key); default: the bucket's default
      ssm_parameter: Systems Manager parameter that gets the ARN of the newest version
      to: where the layer goes: s3://BUCKET/PREFIX, or a folder to publish into without AWS
      trust: print the trust policy of the roles for this user or role
"""
    return call(_types.PolicyResult, "policy", ["commands"], _LISTS, locals())


def doctor(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    build_timeout: Optional[str] = None,
    builder: Optional[str] = None,
    builder_path: Optional[StrPath] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    check: Optional[bool] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DoctorResult:
    """Show what a build of the project finds on this machine: the lock file, the package
    indexes and where the credentials for them come from, AWS, the tools (uv, pip,
    Poetry), Pythons and container engines, and which builders would work for the
    Lambda runtime. For what is missing or does not work, show what to do.

    Each index is asked for one page. Credentials are named, never shown. The exit
    status is 0 whatever is found. Layers for which the same is found share one block.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source if it has no compatible wheel, which runs its code; :all: for any; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture to build for, x86_64 or arm64; several make a layer for each; default: x86_64; may be repeated
      build_timeout: time limit for the builder, such as 90s, 10m, 1h; default: no limit
      builder: what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native
      builder_path: program of the builder; default: found on PATH
      bytecode: add bytecode, so that functions start faster, of all sources or of what these modules import; needs a CPython of the runtime's minor version; may be repeated
      bytecode_python: exact version of the CPython that compiles the bytecode; default: any micro version
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      check: check the layer before its zip is written: refuse one that would not work in Lambda
      container: run the builder in the target's image with docker, podman, finch or nerdctl; auto: the first that is installed
      exclude: leave out a distribution, with all that only it requires (boto3+), or the files below python/ that match a pattern; may be repeated
      extra: include an extra of the project; may be repeated
      find_links: additional folder or page of wheels; may be repeated
      group: include a dependency group of the project; may be repeated
      image: image of the container; default: AWS's build image of the runtime
      index_url: package index to fetch wheels from; default: as the lock file, uv and pip are configured
      lock: lock file to build from; default: the only one in the project's folder
      locked: fail if the lock file is out of date, instead of a warning
      no_default_groups: ignore the lock file's default groups
      only_group: include only this dependency group, without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project in the lock file's folder, else all members
      prefer: where distributions contain different copies of a file, use this distribution's: for all files, or for those that match a pattern; may be repeated
      runtime: Lambda runtime to build for, python3.9 to python3.15; several make a layer for each; required; may be repeated
      scripts: add the distributions' commands to the layer's bin/, which Lambda has on PATH
"""
    return call(_types.DoctorResult, "doctor", ["project"], _LISTS, locals())


def cache_dir(
    *,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheDirResult:
    """Print the folder, whether it is there or not.
"""
    return call(_types.CacheDirResult, "cache dir", [], _LISTS, locals())


def cache_push(
    project: Optional[StrPath] = None,
    *,
    cache: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CachePushResult:
    """Store the wheels and bytecode of this machine's cache in the shared one.
    Prints how many bytes that were.

    Arguments:
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
"""
    return call(_types.CachePushResult, "cache push", ["project"], _LISTS, locals())


def cache_pull(
    project: Optional[StrPath] = None,
    *,
    cache: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CachePullResult:
    """Fetch all wheels and bytecode of the shared cache into this machine's.
    Prints how many bytes that were.

    Arguments:
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
"""
    return call(_types.CachePullResult, "cache pull", ["project"], _LISTS, locals())


def cache_size(
    *,
    cache: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    shared: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheSizeResult:
    """Print how many bytes it holds.

    Arguments:
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      shared: the cache on S3 that machines share, instead of this machine's
"""
    return call(_types.CacheSizeResult, "cache size", [], _LISTS, locals())


def cache_clean(
    *,
    cache: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    shared: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheCleanResult:
    """Remove everything, and print how many bytes that freed.

    Arguments:
      cache: cache on S3 that machines share: s3://BUCKET/PREFIX; read before the package index, and filled by builds
      profile: profile of the AWS configuration files; default: as AWS is configured
      region: AWS region to publish in; several publish in each; default: as AWS is configured; may be repeated
      shared: the cache on S3 that machines share, instead of this machine's
"""
    return call(_types.CacheCleanResult, "cache clean", [], _LISTS, locals())


def cache_verify(
    *,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheVerifyResult:
    """Hash every wheel again, remove the damaged, print these, and name the layers built from them.
"""
    return call(_types.CacheVerifyResult, "cache verify", [], _LISTS, locals())


def version(
    *,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.VersionResult:
    """Print lamella's version.
"""
    return call(_types.VersionResult, "version", [], _LISTS, locals())


_LISTS = frozenset(["account", "allow_build", "arch", "attach", "bytecode", "compatible_architecture", "compatible_runtime", "exclude", "extra", "find_links", "group", "import_", "layer", "only_group", "outputs", "prefer", "region", "runtime", "share"])

__all__ = [
    "init",
    "plan",
    "apply",
    "deploy",
    "build",
    "package",
    "check",
    "upload",
    "publish",
    "ls",
    "status",
    "users",
    "history",
    "show",
    "diff",
    "attach",
    "rollback",
    "release",
    "verify",
    "share",
    "prune",
    "resolve",
    "why",
    "tree",
    "vendor",
    "policy",
    "doctor",
    "cache_dir",
    "cache_push",
    "cache_pull",
    "cache_size",
    "cache_clean",
    "cache_verify",
    "version",
]
