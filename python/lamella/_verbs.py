# Made by `go run ./tools/pyapi`.
from __future__ import annotations

from typing import Optional, Union

from ._run import Environment, Progress, StrPath, Strings, Version, call
from . import _types


def init(
    project: Optional[StrPath] = None,
    *,
    full: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.InitResult:
    """Add a configuration to the project: [tool.lamella] at the end of pyproject.toml, or a new
    lamella.toml if there is no pyproject.toml. Existing content is left untouched. Prints the
    path of the file.

    Arguments:
      full: write every key, commented out except for "runtime" and, with --to, "to"
      to: destination to write into the configuration: s3://BUCKET/PREFIX, or a folder; {layer} stands for the name of the layer
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
    slim: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PlanResult:
    """Show what deploy would do and why: the distributions to add (+), remove (−), and change (~)
    compared with the latest published version, the size compared with Lambda's limit, what
    is excluded, and how much of the zip has to be uploaded. Nothing is changed at the
    destination.

    If some distributions cannot be installed, plan marks them, shows everything else that is
    known, and fails.

    --output saves the plan to a file, which lamella apply carries out exactly as shown, or
    not at all. The file contains the settings, but no credentials.

    With --detailed-exitcode, the exit status is 0 if nothing would change and 2 if something
    would; usage errors exit with 1 instead of 2.

    Arguments:
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      build_timeout: time limit for the builder, such as 90s, 10m, or 1h; default: no limit
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      builder_path: path of the builder's program; default: found on PATH
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      check: fail if the layer would not work in Lambda, as lamella check does
      compatible_architecture: architecture that the version is declared compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is declared compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      description: description of the layer version, at most 256 characters
      detailed_exitcode: exit with 2 if deploy would change something
      detect: what counts as a change: content (the layer's files) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      force: publish a new version even if nothing changed
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      output: save the plan to this file, for lamella apply
      outputs: file to write the ARNs to, with the extension .json, .env, or .tfvars; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      share: share each new version with an account, an organization (o-…), or everyone (*); may be repeated
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      storage: how Lambda stores a version: as a copy, or as a reference to the zip on S3; default: copy
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.PlanResult, "plan", ["project"], _LISTS, locals())


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
    slim: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DeployResult:
    """Build, upload, and publish, skipping whatever is up to date. Prints the ARN of the layer
    version that has the built content, whether or not it is new.

    All configured layers, runtimes, and architectures are deployed to all configured regions
    and accounts in parallel, and deploy prints one ARN per line. If one layer fails, the
    others are still deployed. Run the same command again to finish.

    Arguments:
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      attach: after publishing, move the functions listed in the configuration key "attach" to the new versions
      build_timeout: time limit for the builder, such as 90s, 10m, or 1h; default: no limit
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      builder_path: path of the builder's program; default: found on PATH
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      check: fail if the layer would not work in Lambda, as lamella check does
      compatible_architecture: architecture that the version is declared compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is declared compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      description: description of the layer version, at most 256 characters
      detect: what counts as a change: content (the layer's files) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      force: publish a new version even if nothing changed
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      output: zip file to write; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      outputs: file to write the ARNs to, with the extension .json, .env, or .tfvars; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      share: share each new version with an account, an organization (o-…), or everyone (*); may be repeated
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      storage: how Lambda stores a version: as a copy, or as a reference to the zip on S3; default: copy
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.DeployResult, "deploy", ["project"], _LISTS, locals())


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
    """Carry out a plan that lamella plan --output saved. If anything has changed since the
    plan was made, apply changes nothing and lists the differences: a version published or
    deleted, a different lock file, different bytes in a zip, a different account.

    The settings come from the plan. Relative paths in it are relative to the current folder,
    so run apply in the folder where you ran plan. From the project's configuration, apply
    reads only the credentials of package indexes. If a run is interrupted, run the same
    command again to finish it.

    To split a plan between several jobs, give each its own --shard.

    Arguments:
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
"""
    return call(_types.ApplyResult, "apply", ["plan"], _LISTS, locals())


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
    layer: Optional[Strings] = None,
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
    slim: Optional[Strings] = None,
    strip: Optional[bool] = None,
    unpacked: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.BuildResult:
    """Build the layer's zip from the project's lock file: select the wheels for the Lambda
    runtime, download those that are not cached, and compose the zip. Prints the path of the
    zip.

    --unpacked writes a folder with the layer's files instead: python/ and, with --scripts,
    bin/. Use it with tools that expect a folder, such as a SAM makefile, sam local, or COPY in
    a Dockerfile. A folder with only files that lamella wrote is replaced; if it contains any
    other file, build fails.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      build_timeout: time limit for the builder, such as 90s, 10m, or 1h; default: no limit
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      builder_path: path of the builder's program; default: found on PATH
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      check: fail if the layer would not work in Lambda, as lamella check does
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      output: zip file to write; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      unpacked: write the layer to this folder instead of a zip
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
    slim: Optional[Strings] = None,
    strip: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PackageResult:
    """Build a layer's zip from any folder, such as one that pip install --target filled.
    The rules are those of lamella build: entries are sorted and have fixed times and modes,
    so the same files always give the same bytes. If DIR contains a folder python/, DIR
    becomes the root of the layer; otherwise its files go below python/. --bytecode needs
    --runtime.

    Without --output, the zip is DIR.zip beside DIR, so the zip of the current folder is in its
    parent folder. Prints the path of the zip, which lamella publish --zip can publish. A
    warning names files that may hold secrets, such as .env and .git; --exclude leaves them out.

    Settings come from flags and the environment. The project's configuration is not read.

    Arguments:
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      exclude: leave out files below python/ that match this pattern (boto3, **/tests/**); may be repeated
      output: zip file to write; default: DIR.zip beside DIR
      runtime: Lambda runtime to compile bytecode for; required by --bytecode
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
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
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    python: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    slim: Optional[Strings] = None,
    static: Optional[bool] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CheckResult:
    """Check whether a layer would work in Lambda: the project's layer, a ZIP made by any program,
    or a published VERSION.

    First, check reads the layer's files, which works for any runtime on any machine. It finds:

      - machine code for another processor or Python version
      - shared libraries that are neither in the layer nor in the runtime
      - symbols from a newer glibc or libstdc++ than the runtime's
      - missing requirements
      - modules that shadow the standard library, and an incomplete AWS SDK
      - .pth files, which Python reads at every start
      - files that only their owner can read

    Then it imports every top-level module in a new process that starts like a function, with
    only the layer on sys.path and without credentials or network. This step runs the layer's
    code with a CPython interpreter on this machine that matches the runtime's version and the
    layer's architecture, or with the command in --python, such as "qemu-aarch64 -L ROOT
    ROOT/usr/bin/python3.13" for an arm64 Linux whose root file system is in the folder ROOT.
    Without an interpreter, check skips this step and says so, but does not fail; --static
    always skips it.

    Errors break the layer, warnings are problems that may break it, and notes are for your
    information. Only errors make check fail. Layers with the same findings are shown once.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      build_timeout: time limit for the builder, such as 90s, 10m, or 1h; default: no limit
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      builder_path: path of the builder's program; default: found on PATH
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      import_: also import this module, such as scipy.stats; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      python: command that runs the Python interpreter for the imports; default: a CPython interpreter on this machine
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      static: only read the layer's files; do not import any module
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.CheckResult, "check", ["zip_or_version", "project"], _LISTS, locals())


def upload(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
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
    slim: Optional[Strings] = None,
    sse: Optional[str] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.UploadResult:
    """Upload the built zip to the destination, unless it is there already. The SHA-256 of the
    zip is part of its name there. Prints the URI of the uploaded zip. Use the same flags as
    for lamella build, so that lamella can tell whether the zip is up to date.

    --layer-zip uploads the zip to layer/layer.zip at the destination instead, where the Python
    package aws_lambda_artifact_builder looks for a zip to publish.

    Arguments:
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      all_extras: include all extras of the project
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      layer_zip: upload to layer/layer.zip, for aws_lambda_artifact_builder to publish
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      output: zip file to read; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.UploadResult, "upload", ["project"], _LISTS, locals())


def publish(
    project: Optional[StrPath] = None,
    *,
    acl: Optional[str] = None,
    all_extras: Optional[bool] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    compatible_architecture: Optional[Strings] = None,
    compatible_runtime: Optional[Strings] = None,
    container: Optional[Union[bool, str]] = None,
    description: Optional[str] = None,
    detect: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    force: Optional[bool] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
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
    slim: Optional[Strings] = None,
    sse: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    storage: Optional[str] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    zip: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PublishResult:
    """Publish the built zip, which lamella upload has uploaded, as a new layer version if
    anything has changed since the latest version, and store the lock file next to the zip. If
    this machine has no built zip, publish uses layer/layer.zip at the destination, provided it
    was built from this lock file. Prints the ARN of the layer version that has the content of
    the zip, whether or not it is new. Use the same flags as for lamella build, so that lamella can tell
    whether the zip is up to date.

    --zip publishes a layer that another program made: a zip, byte for byte, or a folder, from
    which lamella builds the zip. No lock file is read. A version is published if the files
    differ from those of the latest version; their order, times, and compression do not matter.
    A list of the files is stored in place of the lock file.

    Arguments:
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      all_extras: include all extras of the project
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      compatible_architecture: architecture that the version is declared compatible with; default: the architecture it is built for; may be repeated
      compatible_runtime: runtime that the version is declared compatible with; default: the runtime it is built for; may be repeated
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      description: description of the layer version, at most 256 characters
      detect: what counts as a change: content (the layer's files) or manifest (any byte of the lock file); default: content
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      force: publish a new version even if nothing changed
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      license: license of the layer version, at most 512 characters
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      output: zip file to read; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project
      outputs: file to write the ARNs to, with the extension .json, .env, or .tfvars; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      share: share each new version with an account, an organization (o-…), or everyone (*); may be repeated
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      storage: how Lambda stores a version: as a copy, or as a reference to the zip on S3; default: copy
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
      zip: publish this zip or folder, made by any program, instead of the built zip
"""
    return call(_types.PublishResult, "publish", ["project"], _LISTS, locals())


def ls(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    all: Optional[bool] = None,
    arch: Optional[Strings] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.LsResult:
    """List every configured layer in every destination, with its latest version, the number of
    versions, how many function versions use the latest version and how many use older ones,
    and one of these states:

      current           the latest version matches the lock file
      behind            the lock file has changed since the latest version
      never published   the layer has no versions
      foreign           another tool published the latest version
      unknown           the project has no lock file, or no runtime is configured

    After rollback --hold, "held" follows the state: deploy does not publish the layer until
    you run lamella release.

    A layer that is the same in several regions or accounts is shown on one line.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      all: also list layers that are not configured, in the same accounts and regions
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to compare with; default: the only one in the project
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.LsResult, "ls", ["project"], _LISTS, locals())


def status(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.StatusResult:
    """Print the same list as lamella ls, and exit with 0 if every layer is current, or with 2
    if any is not. Usage errors exit with 1 instead of 2.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to compare with; default: the only one in the project
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.StatusResult, "status", ["project"], _LISTS, locals())


def history(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.HistoryResult:
    """List the versions of the layer, newest first: when each was published, from which lock
    file, and which distributions changed since the version before.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.HistoryResult, "history", ["project"], _LISTS, locals())


def show(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    format: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ShowResult:
    """Show one published version of the layer, by default the latest: what it was built from,
    its distributions, where its zip and its lock file are, who may use it, and which functions
    do.

    --format prints the version for another tool: a document for Terraform's "external" data
    source, or a snippet to paste into a SAM (sam) or CloudFormation (cfn) template, a CDK
    stack (cdk, cdk-python), or serverless.yml. If ssm-parameter is configured, the snippet
    refers to the parameter, so it stays valid when you publish a new version. The formats
    json, env, and tfvars print what the configuration key "outputs" writes to a file.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      format: print the version for another tool: cdk, cdk-python, cfn, env, json, sam, serverless, terraform-external, tfvars
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.ShowResult, "show", ["version", "project"], _LISTS, locals())


def diff(
    old: Optional[Version] = None,
    new: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    shard: Optional[str] = None,
    slim: Optional[Strings] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DiffResult:
    """Show which distributions were added (+), removed (−), and changed (~) between the versions
    OLD and NEW. The default for NEW is the project's current lock file; the default for OLD
    is the latest version. A version is a number, an ARN, or latest.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      image: container image; default: the AWS build image for the runtime
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required to compare with the project, unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.DiffResult, "diff", ["old", "new", "project"], _LISTS, locals())


def verify(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    download: Optional[bool] = None,
    find_links: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.VerifyResult:
    """Build the zip of a published version (default: the latest) again from the lock file and the
    options stored with it, and compare its SHA-256 with the hash that Lambda reports or, with
    --download, with the hash of the published zip. Wheels from the cache are hashed before
    use. If the zips differ, verify names the first entry that differs. Prints the SHA-256.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      download: download the zip from Lambda and hash it, instead of trusting the hash that Lambda reports
      find_links: additional folder or web page to find wheels in; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.VerifyResult, "verify", ["version", "project"], _LISTS, locals())


def users(
    version: Optional[Version] = None,
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.UsersResult:
    """Show which functions use which version of the layer. The list includes $LATEST and every
    published version of a function, with the aliases that point to it. lamella users searches
    all configured accounts in which it may list functions.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.UsersResult, "users", ["version", "project"], _LISTS, locals())


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
    to: Optional[StrPath] = None,
    version: Optional[str] = None,
    yes: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.AttachResult:
    """Move functions from another version of the layer to the latest one, or to --version.
    Without --yes, show what would change. FUNCTION is a name, a pattern such as 'web-*', or
    tag:NAME=VALUE; it is required unless the configuration key "attach" lists functions. The
    layer keeps its position in the function's list of layers, and the function's other
    settings do not change.

    Without --alias, attach changes $LATEST, so every caller that uses neither a version nor an
    alias gets the change immediately. With --alias, attach publishes a version of the function
    and moves the alias to it, unless $LATEST differs from the alias in anything but layers.
    With --alias and --canary, the new function version first gets a share of the alias's
    traffic; lamella compares the errors and duration of both versions, then moves the alias or
    undoes everything.

    If a run is interrupted, run the same command again to finish it, or use --rollback to
    undo it. Functions managed by CloudFormation, Terraform, or another tool are skipped,
    because that tool may undo the change; --managed includes them.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      add: also add the layer to functions that do not have it
      alias: publish a version of each function and move this alias to it
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      canary: share of the alias's traffic to send to the new function version first, such as 10%; requires --alias
      for_: how long to watch the canary, such as 10m; default: 5m; must be at least 3 minutes plus the function's timeout
      force: attach even if the layer is not declared compatible with the function's runtime or architecture
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      managed: also change functions that another tool manages
      min_calls: calls needed to judge the new function version; default: 20
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      promote_untested: move the alias even if the new function version had fewer calls than --min-calls
      publish: publish a version of each function
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      rollback: undo what attach changed in the functions
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
      version: number or ARN of the layer version to attach; default: latest
      yes: change the functions instead of showing what would change
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
    """Publish the exact bytes of an old version as a new version, and store the old version's
    lock file and build options with it. The bytes come from S3 or from Lambda; if neither has
    them, the zip is built again from the stored lock file and must have the same hash. If the
    latest version has this content already, nothing is published. Prints the ARN.

    "previous" stands for the newest version whose content differs from that of the latest.
    For several layers, rollback shows a plan, and needs --yes to carry it out.

    The next deploy publishes the layer from the project's lock file again. To prevent that,
    use --hold: deploy then refuses to publish the layer until you run lamella release.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      hold: keep deploy from publishing the layer until you run lamella release
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      reason: reason for the hold, which deploy shows
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      share: share each new version with an account, an organization (o-…), or everyone (*); may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      storage: how Lambda stores a version: as a copy, or as a reference to the zip on S3; default: copy
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
      yes: roll back several layers instead of showing the plan
"""
    return call(_types.RollbackResult, "rollback", ["version", "project"], _LISTS, locals())


def release(
    project: Optional[StrPath] = None,
    *,
    account: Optional[Strings] = None,
    arch: Optional[Strings] = None,
    layer: Optional[Strings] = None,
    name: Optional[str] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    shard: Optional[str] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ReleaseResult:
    """Remove the hold that lamella rollback --hold placed on a layer, so that deploy publishes
    the layer again. Layers without a hold are left as they are.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.ReleaseResult, "release", ["project"], _LISTS, locals())


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
    sync: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ShareResult:
    """Show who else may use each version (accounts, organizations, or everyone), and what --sync
    would change. deploy shares each new version with the principals in the configuration key
    "share"; --sync also shares the older versions with them. Permissions are removed only
    with --revoke, and only if lamella added them.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      revoke: with --sync, remove permissions that lamella added for anyone else
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      share: with --sync, share the versions with an account, an organization (o-…), or everyone (*); may be repeated
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      sync: share every version with the configured principals
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
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
    to: Optional[StrPath] = None,
    yes: Optional[bool] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PruneResult:
    """Delete old versions of the layer: those that are not among the newest (--keep) and that
    exceed a given age (--older-than). At least one of these two flags is required. Without
    --yes, show which versions would be deleted, and why the others are kept.

    prune never deletes the latest version, or a version that $LATEST or any published version
    of a function uses, in any configured account; it checks again right before each deletion.
    It deletes nothing in an account whose functions it is not allowed to list. prune cannot
    see the functions of other accounts, so it keeps a version that is shared with another
    account, an organization, or everyone, unless you use --shared. A function in another
    account that uses a deleted version keeps running, but cannot be updated until it uses a
    different version.

    --runtime and --arch choose a layer, not versions of it: prune refuses to delete versions
    for other runtimes or architectures if you use these flags.

    prune deletes versions first, then their files on S3, then zips older than a day that
    belong to no version.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; does not choose among a layer's versions; may be repeated
      keep: keep the newest N versions
      keep_rollback: keep the newest N versions whose content differs from the latest, for rollbacks
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      older_than: delete only versions older than this, such as 12h, 90d, or 8w
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; does not choose among a layer's versions; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      shared: also delete versions that are shared with other accounts, an organization, or everyone
      sse: S3 encryption: AES256, or aws:kms with the key in --kms-key or the AWS managed key; default: the bucket's default
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
      yes: delete the versions instead of showing which would be deleted
"""
    return call(_types.PruneResult, "prune", ["project"], _LISTS, locals())


def resolve(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    cache: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    runtime: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ResolveResult:
    """Show the exact wheels that the lock file resolves to for the Lambda runtime. --format
    prints a lock file with only these wheels instead: a requirements.txt with hashes, or a
    pylock.toml (PEP 751). Nothing is downloaded. Layers with the same files are shown once.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
"""
    return call(_types.ResolveResult, "resolve", ["project"], _LISTS, locals())


def tree(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    cache: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    runtime: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.TreeResult:
    """Show the distributions in the layer as a dependency tree, with the size of each wheel and,
    for wheels in the cache, the unzipped size. The requirements of a distribution are shown
    where it first appears; later occurrences are marked (*). Layers with the same tree are
    shown once.

    Some lock files do not record dependencies: requirements.txt, Pipfile.lock, and some
    pylock.toml files. Their tree comes from the wheels in the cache, which lamella build
    downloads.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
"""
    return call(_types.TreeResult, "tree", ["project"], _LISTS, locals())


def why(
    distribution: str,
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    cache: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    runtime: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.WhyResult:
    """Show the paths from the project to a distribution, with their markers. Then show which of
    its files was selected for the Lambda runtime, and why each of the others was not. For a
    distribution that is in the lock file but not in the layer, show why it was left out.
    Layers with the same answer are shown once.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
"""
    return call(_types.WhyResult, "why", ["distribution", "project"], _LISTS, locals())


def imports(
    modules: Strings = (),
    zip_or_version: Optional[Union[int, StrPath]] = None,
    project: Optional[StrPath] = None,
    *,
    all: Optional[bool] = None,
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
    html: Optional[StrPath] = None,
    image: Optional[str] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    python: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    slim: Optional[Strings] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.ImportsResult:
    """Import each MODULE from the layer as a function would, and show where the time goes: a tree
    of modules with their own time, total time, and share of INIT, the phase in which Lambda
    starts Python and imports the modules; the time of each distribution; what you would save
    by importing a MODULE later; and the cost of distributions that you could leave out.

    The layer comes from the project, from a ZIP made by any program, or from a published
    VERSION. A PROJECT after the modules must be a path with a slash, such as ./api.

    lamella imports runs the layer's code in new processes with only the layer on sys.path and
    without credentials or network. Each time is the median of three runs on this machine.
    Lambda's processors are slower, but the shares are similar.

    Arguments:
      all: show every module, not only those that take at least 2% of the INIT phase
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      build_timeout: time limit for the builder, such as 90s, 10m, or 1h; default: no limit
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      builder_path: path of the builder's program; default: found on PATH
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      html: also write an HTML flame chart to this file
      image: container image; default: the AWS build image for the runtime
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      python: command that runs the Python interpreter for the imports; default: a CPython interpreter on this machine
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.ImportsResult, "imports", ["modules", "zip_or_version", "project"], _LISTS, locals())


def vendor(
    directory: StrPath,
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    cache: Optional[str] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    runtime: Optional[Strings] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.VendorResult:
    """Download the wheels and source distributions of all configured layers into the folder DIR,
    for a machine that cannot reach a package index. Files already in DIR are kept. Prints the
    path of the folder.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated, one layer per value
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      runtime: Lambda runtime of the layer, python3.9 to python3.15; required unless configured; may be repeated, one layer per value
"""
    return call(_types.VendorResult, "vendor", ["directory", "project"], _LISTS, locals())


def doctor(
    project: Optional[StrPath] = None,
    *,
    all_extras: Optional[bool] = None,
    allow_build: Optional[Strings] = None,
    allow_unhashed: Optional[bool] = None,
    arch: Optional[Strings] = None,
    builder: Optional[str] = None,
    bytecode: Optional[Union[bool, Strings]] = None,
    bytecode_python: Optional[str] = None,
    cache: Optional[str] = None,
    container: Optional[Union[bool, str]] = None,
    exclude: Optional[Strings] = None,
    extra: Optional[Strings] = None,
    find_links: Optional[Strings] = None,
    group: Optional[Strings] = None,
    index_url: Optional[str] = None,
    layer: Optional[Strings] = None,
    lock: Optional[StrPath] = None,
    locked: Optional[bool] = None,
    name: Optional[str] = None,
    no_default_groups: Optional[bool] = None,
    only_group: Optional[Strings] = None,
    package: Optional[str] = None,
    prefer: Optional[Strings] = None,
    profile: Optional[str] = None,
    region: Optional[Strings] = None,
    role_arn: Optional[str] = None,
    runtime: Optional[Strings] = None,
    scripts: Optional[bool] = None,
    slim: Optional[Strings] = None,
    strip: Optional[bool] = None,
    to: Optional[StrPath] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.DoctorResult:
    """Check everything that a build and a deploy of the project need, and show how to fix problems:

      - the lock file, and whether it is up to date with the project
      - the Lambda runtime, and whether it is deprecated, blocked, or a preview
      - the layer's size against Lambda's limit, counting only the wheels in the cache
      - the cache, and the package indexes with their credentials
      - the AWS identity, the bucket, its region and versioning, and the permissions
      - the tools (uv, pip, Poetry), Python interpreters, and container engines on this
        machine, and which builders would work

    doctor changes nothing but the cache. It tests the permissions for deploy, share, prune,
    and, if configured, attach with requests that AWS rejects only after checking the
    permission, so nothing changes: writes with a condition that no object or function meets,
    requests that name a zip or version that does not exist, and a request to set a Systems
    Manager parameter to a value that the request itself forbids. The KMS key is tested with a
    dry run. Permissions that cannot be tested in this way are marked "not tried".
    doctor requests one page from each index. It shows where each credential comes from, but
    never the credential.

    Each line begins with "ok", "!!" for a problem that makes a deploy fail, "!" for a warning,
    or "--" for something missing that this project does not need. The exit status is 0 if
    there are no problems, even if there are warnings; otherwise it is the status of the first
    problem (see lamella help exit-codes). Results that several layers share are shown once.

    Arguments:
      all_extras: include all extras of the project
      allow_build: allow building DIST from source, which runs its code, if it has no compatible wheel; :all: allows every distribution; may be repeated
      allow_unhashed: accept pinned requirements without a hash, and print the hash to add
      arch: architecture of the layer, x86_64 or arm64; default: x86_64; may be repeated
      builder: tool that installs the distributions: native (lamella itself), pip, poetry, or uv; default: native
      bytecode: include bytecode for all sources, or only for what MODULE imports, so that functions start faster; needs a CPython interpreter with the runtime's minor version; may be repeated
      bytecode_python: exact version of CPython to compile the bytecode with; default: any patch release
      cache: cache on S3 that machines share, s3://BUCKET/PREFIX; builds look for wheels there before they use a package index, and store new ones there
      container: run the builder in a container with docker, podman, finch, or nerdctl; auto, or --container without a value, uses the first one that responds
      exclude: leave out a distribution (boto3), a distribution and everything that only it requires (boto3+), or files below python/ (**/tests/**); may be repeated
      extra: include this extra of the project; may be repeated
      find_links: additional folder or web page to find wheels in; may be repeated
      group: include this dependency group of the project; may be repeated
      index_url: package index to download wheels from; default: from the lock file or the configuration of uv or pip
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      lock: lock file to build from; default: the only one in the project
      locked: fail instead of warning if the lock file is out of date
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      no_default_groups: leave out the groups that the lock file includes by default
      only_group: include this dependency group without the project's own dependencies; may be repeated
      package: workspace member to build for; default: the project next to the lock file, or all members if there is none
      prefer: if several distributions contain different copies of a file, use the copy from DIST, for all files or those that match PATTERN; may be repeated
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: Lambda runtime of the layer, python3.9 to python3.15; may be repeated
      scripts: include the distributions' commands in bin/, which is on Lambda's PATH
      slim: leave out files that functions do not need: tests, headers, docs, or typing; files that other modules import are kept; may be repeated
      strip: remove debug information and symbol tables from compiled libraries and programs; the parts that are loaded at run time do not change
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
"""
    return call(_types.DoctorResult, "doctor", ["project"], _LISTS, locals())


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
    ssm_parameter: Optional[str] = None,
    to: Optional[StrPath] = None,
    trust: Optional[str] = None,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.PolicyResult:
    """Print the minimal IAM policy that the given commands need for the configured layers. For
    several accounts, print a JSON object with one policy per account. lamella ls --all also
    needs lambda:ListLayers on "*", which the printed policy does not include.

    COMMAND is a lamella command, such as deploy or prune, or "hold", which stands for the
    flag --hold of rollback: lamella policy rollback hold. At least one COMMAND is required,
    except with --bucket or --trust.

    --bucket prints the bucket policy that storage = "reference" needs. --trust prints the
    trust policy for the roles in role-arn; ARN is the user or role that assumes them.

    Arguments:
      account: only layers in accounts whose numbers match NUMBER, such as '12*'; may be repeated
      acl: ACL for the objects on S3: bucket-owner-full-control, for a bucket in another account
      arch: only configured layers for this architecture; without a configuration, the value of {arch} in the name; may be repeated
      bucket: print the bucket policy for storage = "reference"
      kms_key: KMS key that encrypts the objects on S3, as an ID, ARN, or alias; default: the bucket's default
      layer: only configured layers whose names match NAME, such as 'web-*'; may be repeated
      name: name of the layer; default: {name}, the project's name; for several runtimes or architectures, add {runtime} or {arch}
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the destination, or a pattern for configured ones ('eu-*'); default: from the AWS configuration; may be repeated
      role_arn: IAM role to assume for requests to the destination
      runtime: only configured layers for this runtime; without a configuration, the value of {runtime} in the name; may be repeated
      shard: split the layers into N parts and process only part K; with auto, K and N come from AWS Batch or the CI system
      ssm_parameter: Systems Manager parameter to set to the ARN of the latest version
      to: destination: s3://BUCKET/PREFIX, or a folder to publish to without AWS; {layer} stands for the name of the layer
      trust: print the trust policy that lets this user or role assume the roles
"""
    return call(_types.PolicyResult, "policy", ["commands"], _LISTS, locals())


def cache_dir(
    *,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheDirResult:
    """Print the path of the cache folder, even if it does not exist.
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
    """Upload this machine's wheels and bytecode to the shared cache.
    Prints the number of bytes copied.

    Arguments:
      cache: shared cache on S3, s3://BUCKET/PREFIX; default: from the configuration of PROJECT
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the shared cache; default: from the AWS configuration
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
    """Download all wheels and bytecode from the shared cache.
    Prints the number of bytes copied.

    Arguments:
      cache: shared cache on S3, s3://BUCKET/PREFIX; default: from the configuration of PROJECT
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the shared cache; default: from the AWS configuration
"""
    return call(_types.CachePullResult, "cache pull", ["project"], _LISTS, locals())


def cache_size(
    project: Optional[StrPath] = None,
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
    """Print the size of the cache in bytes.

    Arguments:
      cache: shared cache on S3, s3://BUCKET/PREFIX; default: from the configuration of PROJECT
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the shared cache; default: from the AWS configuration
      shared: use the shared cache on S3 instead of this machine's; required with PROJECT, --cache, --region, or --profile
"""
    return call(_types.CacheSizeResult, "cache size", ["project"], _LISTS, locals())


def cache_clean(
    project: Optional[StrPath] = None,
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
    """Empty the cache and print the number of bytes freed.

    Arguments:
      cache: shared cache on S3, s3://BUCKET/PREFIX; default: from the configuration of PROJECT
      profile: AWS profile to use; default: from the AWS configuration
      region: AWS region of the shared cache; default: from the AWS configuration
      shared: use the shared cache on S3 instead of this machine's; required with PROJECT, --cache, --region, or --profile
"""
    return call(_types.CacheCleanResult, "cache clean", ["project"], _LISTS, locals())


def cache_verify(
    *,
    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
) -> _types.CacheVerifyResult:
    """Check the hash of every wheel, and remove and list the damaged ones.
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


_LISTS = frozenset(["account", "allow_build", "arch", "bytecode", "compatible_architecture", "compatible_runtime", "exclude", "extra", "find_links", "group", "import_", "layer", "only_group", "outputs", "prefer", "region", "runtime", "share", "slim"])

__all__ = [
    "init",
    "plan",
    "deploy",
    "apply",
    "build",
    "package",
    "check",
    "upload",
    "publish",
    "ls",
    "status",
    "history",
    "show",
    "diff",
    "verify",
    "users",
    "attach",
    "rollback",
    "release",
    "share",
    "prune",
    "resolve",
    "tree",
    "why",
    "imports",
    "vendor",
    "doctor",
    "policy",
    "cache_dir",
    "cache_push",
    "cache_pull",
    "cache_size",
    "cache_clean",
    "cache_verify",
    "version",
]
