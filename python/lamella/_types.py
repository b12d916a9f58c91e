# Made by `go run ./tools/pyapi`.
from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Dict, List, Literal, Optional


@dataclass(frozen=True)
class Advice:
    """A way to make the layer smaller: an exclude, or a rule for slim."""

    kind: str
    """"sdk" for distributions that the runtime also contains, otherwise the rule for slim"""
    exclude: List[str]
    """values to add to exclude in the configuration; empty for a slim rule"""
    names: List[str]
    """for "sdk", the distributions, sorted by name"""
    bytes: int
    """unzipped size that this saves, in bytes"""
    slim: Optional[str] = None
    """value to add to slim in the configuration"""


@dataclass(frozen=True)
class AttachedFunction:
    """A function, with the planned change and its outcome."""

    function: str
    """name of the function"""
    action: Literal["move", "add", "finish", "current", "skip", "blocked", "rollback"]
    """what attach does with the function"""
    layers: int
    """number of layers that the function has afterwards"""
    size: int
    """minimum size of the function's code and layers afterwards, in bytes; a minimum because Lambda reports only the zipped size of the code and other layers"""
    published: str
    """function version that was published; "" if there is none"""
    old_metrics: Optional[VersionMetrics]
    """metrics of the old function version; None without a canary"""
    new_metrics: Optional[VersionMetrics]
    """metrics of the new function version; None without a canary"""
    error: Optional[Failure]
    """why the change failed; None if it did not"""
    from_: Optional[int] = None
    """previous version of the layer; None if there is none"""
    to: Optional[int] = None
    """new version of the layer; None if it is removed"""
    reason: Optional[str] = None
    """why this action is planned"""
    alias: Optional[str] = None
    """alias to move"""
    old: Optional[str] = None
    """function version that the alias points to"""
    manager: Optional[Manager] = None
    """tool that manages the function"""
    warnings: List[str] = field(default_factory=list)
    """sentences to read before the change"""
    outcome: Optional[Literal["moved", "unchanged", "skipped", "rolled back", "not enough traffic", "failed"]] = None
    """what was done; None if nothing has been done yet"""


@dataclass(frozen=True)
class Bytecode:
    """The bytecode compiled for a layer."""

    python: str
    """exact version of the CPython interpreter that compiled the bytecode, such as "3.13.7" """
    files: int
    """number of .pyc files added or replaced"""
    bytes: int
    """unzipped size of these files, in bytes"""


@dataclass(frozen=True)
class Change:
    """One distribution that differs between two layer versions."""

    kind: Literal["added", "removed", "updated"]
    """kind of change"""
    name: str
    """name of the distribution"""
    old: Optional[Package] = None
    """old version; None if the distribution was added"""
    new: Optional[Package] = None
    """new version; None if the distribution was removed"""


@dataclass(frozen=True)
class Contents:
    """The content of a layer."""

    size: int
    """size of the zip in bytes; 0 if no zip was written"""
    unzipped: int
    """size of all files in the zip, in bytes"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in the zip"""
    distributions: List[Package]
    """distributions in the layer, sorted by name"""
    left_out: List[LeftOut]
    """what each value of exclude and each slim rule left out"""
    also_fits: List[str]
    """other targets that can run the same bytes"""
    inputs: Optional[str] = None
    """digest of all inputs; None for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """bytecode in the layer; None if there is none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class Cost:
    """The import time of the modules of a distribution."""

    distribution: str
    """name of the distribution"""
    modules: int
    """number of its modules that were imported"""
    own: float
    """seconds, excluding the modules of other distributions"""


@dataclass(frozen=True)
class Distribution:
    """One wheel of a layer."""

    name: str
    """normalized name of the distribution"""
    version: str
    """version of the distribution"""
    file: str
    """file name of the wheel, or of the source that it is built from"""
    hash: str
    """hash of the file: "sha256:<hex>" """
    unhashed: bool
    """whether the lock file has no hash for the file; if so, hash is the file's current hash"""
    where: str
    """position in the lock file, such as "uv.lock:12" """
    direct: bool
    """whether the project itself requires it; also true if the lock file does not record what requires it"""
    required_by: List[str]
    """other distributions that require it, sorted by name"""
    url: Optional[str] = None
    """URL of the file, without credentials; None if the lock file has none"""
    size: Optional[int] = None
    """size of the wheel in bytes; None if unknown"""


@dataclass(frozen=True)
class DoctorAWS:
    """The identity that signs requests to AWS."""

    region: Optional[str] = None
    """AWS region"""
    credentials: Optional[str] = None
    """where the credentials were found"""
    account: Optional[str] = None
    """account number, 12 digits"""
    identity: Optional[str] = None
    """ARN of the user or role"""
    problem: Optional[Failure] = None
    """why AWS cannot be used"""


@dataclass(frozen=True)
class DoctorBuilder:
    """A builder, on this machine or in a container."""

    builder: str
    """name of the builder"""
    where: str
    """where the builder would run: "here" or "in a container" """
    problem: Optional[Failure] = None
    """why the builder would not work there"""


@dataclass(frozen=True)
class DoctorCache:
    """The cache of wheels on this machine."""

    path: Optional[str] = None
    """path of the cache folder"""
    problem: Optional[Failure] = None
    """why the cache cannot be used"""


@dataclass(frozen=True)
class DoctorCheck:
    """A read-only check of the destination."""

    name: str
    """what was checked: "folder", "destination", "bucket", "versioning", or a permission, such as "s3:PutObject" """
    found: Optional[str] = None
    """what the check found, such as the bucket or the latest version"""
    for_: Optional[str] = None
    """command that needs the permission, if deploy does not: prune or share"""
    untried: Optional[str] = None
    """why the permission was not tried"""
    problem: Optional[Failure] = None
    """why the check failed"""


@dataclass(frozen=True)
class DoctorDestination:
    """The destination of the layer."""

    checks: List[DoctorCheck]
    """checks in the order of a deploy, without those that depend on a failed check"""
    to: Optional[str] = None
    """configured destination; None if there is none"""


@dataclass(frozen=True)
class DoctorIndex:
    """A package index."""

    asked: bool
    """whether lamella searches the index for packages that have no index in the lock file"""
    name: Optional[str] = None
    """name of the index"""
    url: Optional[str] = None
    """URL of the index, without credentials"""
    credentials: Optional[str] = None
    """where the credentials were found"""
    problem: Optional[Failure] = None
    """why the index cannot be used"""


@dataclass(frozen=True)
class DoctorLock:
    """The project's lock file."""

    path: Optional[str] = None
    """path of the lock file"""
    problem: Optional[Failure] = None
    """why the lock file cannot be used"""
    warning: Optional[Failure] = None
    """why the lock file is out of date"""


@dataclass(frozen=True)
class DoctorProgram:
    """A program on this machine."""

    name: str
    """name of the program"""
    path: Optional[str] = None
    """path of the program; None if it is not installed"""
    version: Optional[str] = None
    """version of the program"""
    problem: Optional[Failure] = None
    """why the program cannot be used"""


@dataclass(frozen=True)
class DoctorRuntime:
    """The Lambda runtime."""

    name: str
    """name of the runtime, such as "python3.13" """
    warning: Optional[str] = None
    """sentence about a runtime that is deprecated, blocked, or a preview"""


@dataclass(frozen=True)
class DoctorSize:
    """The size of the layer, as far as it is known without downloading wheels."""

    exact: bool
    """whether all wheels are in the cache"""
    unzipped: int
    """if exact, size of the layer's files in bytes; otherwise, size of the wheels in the cache"""
    limit: int
    """Lambda's limit for the unzipped size of a function and its layers, in bytes"""
    missing: int
    """number of wheels that are not in the cache"""
    zip: Optional[int] = None
    """size of the zip in bytes; None if not exact"""
    problem: Optional[Failure] = None
    """why the layer could not be built"""


@dataclass(frozen=True)
class PolicyDocument:
    """A policy document."""

    Version: str
    """version of the policy language"""
    Statement: List[Statement]
    """statements of the policy"""


@dataclass(frozen=True)
class Failure:
    """The reason why a command failed, entirely or for one layer."""

    kind: str
    """name of the exit status, such as "usage", "lock", or "index" """
    exit_status: int
    """exit status; see `lamella help exit-codes`"""
    message: str
    """one sentence, as printed after "error:" """
    subject: str
    """what the error is about, such as a distribution or a file; "" if it is about nothing in particular"""
    details: List[str]
    """lines printed below the message"""
    hints: List[str]
    """what to do next"""


@dataclass(frozen=True)
class Finding:
    """One finding of a check."""

    code: Literal["foreign-code", "damaged-code", "symbol-version", "missing-library", "library-path", "missing-requirement", "wrong-requirement", "runtime-version", "bad-metadata", "shadows-standard", "shadows-runtime", "hidden-by-function", "partial-sdk", "path-file", "unreadable", "import-failed", "import-crashed", "import-timeout", "import-needs-network", "import-side-effect", "import-unknown", "import-slow"]
    """kind of finding"""
    severity: Literal["error", "warning", "note"]
    """severity of the finding"""
    subject: str
    """what the finding is about: a library, a distribution, a module, or a file"""
    message: str
    """one sentence in lower case without a period"""
    who: List[str] = field(default_factory=list)
    """distributions that the finding concerns, or files that belong to no distribution, sorted"""
    details: List[str] = field(default_factory=list)
    """additional lines, such as the files or the end of a traceback"""
    hint: Optional[str] = None
    """fix for the problem; None if there is nothing to do"""


@dataclass(frozen=True)
class Gap:
    """A distribution that cannot be installed."""

    name: str
    """name of the distribution"""
    version: str
    """version of the distribution"""
    required_by: List[str]
    """other distributions that require it, sorted by name"""
    reason: str
    """why the distribution cannot be installed"""


@dataclass(frozen=True)
class Garbage:
    """An object that does not belong to any version after the deletion."""

    key: str
    """key of the object, relative to the prefix of the layer"""
    uri: str
    """URI of the object"""
    size: int
    """size in bytes"""
    why: str
    """why the object can be deleted"""


@dataclass(frozen=True)
class Grant:
    """One statement of a version's policy."""

    id: str
    """ID of the statement"""
    principal: str
    """account, organization, or "*" for everyone"""


@dataclass(frozen=True)
class HistoryItem:
    """One version of a layer and its record."""

    version: int
    """version number"""
    arn: str
    """ARN of the version"""
    created: datetime.datetime
    """when the version was created"""
    description: Optional[str] = None
    """description of the version"""
    manifest: Optional[str] = None
    """name of the lock file; None if none is stored"""
    target: Optional[str] = None
    """runtime and architecture, such as "python3.13/x86_64" """
    tool: Optional[str] = None
    """tool that wrote the record; None if it was not lamella"""
    again: Optional[int] = None
    """for a rollback, the number of the version that was restored"""
    size: Optional[int] = None
    """size of the zip in bytes; None if unknown"""
    unzipped: Optional[int] = None
    """unzipped size in bytes"""
    distributions: List[Package] = field(default_factory=list)
    """distributions in the layer, sorted by name"""
    changes: List[Change] = field(default_factory=list)
    """changes since the next older version, if both are recorded; for the oldest version, all of its distributions"""
    note: Optional[str] = None
    """a sentence that explains why something is unknown"""


@dataclass(frozen=True)
class Hold:
    """The object layer/hold, which keeps deploy from publishing the layer."""

    schema: int
    """version of the format of this object"""
    layer: str
    """name of the layer"""
    version: int
    """latest version when the layer was held"""
    since: datetime.datetime
    """when the layer was held"""
    tool: str
    """version of lamella that wrote the hold"""
    reason: Optional[str] = None
    """why the layer is held, as given with --reason"""


@dataclass(frozen=True)
class Interpreter:
    """A CPython that can import the modules of a target."""

    command: List[str]
    """words of the command that starts the interpreter, such as "qemu-aarch64", "-L", "/arm64", "/arm64/usr/bin/python3.13" """
    version: str
    """version of the interpreter, such as "3.13.7" """
    emulated: bool
    """whether the interpreter runs in an emulator such as QEMU, so that times are meaningless"""


@dataclass(frozen=True)
class Kept:
    """A version to keep."""

    version: int
    """version number"""
    reason: str
    """why the version is kept"""
    users: List[StoreUser] = field(default_factory=list)
    """function versions that use the version"""


@dataclass(frozen=True)
class LatestVersion:
    """The latest published version of a layer."""

    version: int
    """version number"""
    arn: str
    """ARN of the version"""


@dataclass(frozen=True)
class LeftOut:
    """What one value of exclude, one slim rule, or strip left out of the layer."""

    exclude: str
    """value of exclude; for a slim rule, "slim" and the rule, such as "slim tests"; for strip, "strip symbols" """
    files: int
    """number of files (for strip, of the files that it made smaller); 0 for a distribution, because it is not downloaded"""
    bytes: int
    """unzipped size in bytes; 0 for a distribution whose wheel is not in the cache"""
    wheel: Optional[int] = None
    """size of the wheel of a distribution in bytes; None if unknown"""


@dataclass(frozen=True)
class Manager:
    """The tool that manages a function, according to its tags."""

    tool: str
    """name of the tool, such as "CloudFormation", "AWS SAM", "Terraform", or "Chalice" """
    stack: Optional[str] = None
    """name of the CloudFormation stack"""


@dataclass(frozen=True)
class Module:
    """A module in the tree of imports."""

    name: str
    """full name of the module"""
    distribution: str
    """distribution that contains the module; "python" for the standard library; "" if unknown"""
    start: float
    """seconds since the first import started"""
    total: float
    """seconds, including the modules that it imports"""
    own: float
    """seconds, excluding the modules that it imports"""
    file: Optional[str] = None
    """path of the source"""
    compiled: Optional[bool] = None
    """whether the source had to be compiled because there was no bytecode"""
    failed: Optional[bool] = None
    """whether the import failed and the importing module caught the exception"""
    imports: List[Module] = field(default_factory=list)
    """modules that this module was the first to import"""


@dataclass(frozen=True)
class Package:
    """One distribution in a layer."""

    name: str
    """name of the distribution"""
    version: str
    """version of the distribution"""
    file: Optional[str] = None
    """file name of the wheel"""
    hash: Optional[str] = None
    """hash of the wheel"""
    size: Optional[int] = None
    """unzipped size in the layer, in bytes; None if unknown"""


@dataclass(frozen=True)
class Policy:
    """An IAM policy."""

    of: str
    """account that the policy is for, or the bucket with --bucket; "" with --trust"""
    document: PolicyDocument
    """policy document"""


@dataclass(frozen=True)
class Pruned:
    """A version to delete."""

    version: int
    """version number"""
    arn: str
    """ARN of the version"""
    created: datetime.datetime
    """when the version was created"""
    size: Optional[int] = None
    """size of the zip in bytes; None if not recorded"""


@dataclass(frozen=True)
class ImportResult:
    """The result of one import."""

    module: str
    """name of the module"""
    status: Literal["imported", "failed", "exited", "crashed", "timeout"]
    """outcome of the import"""
    seconds: float
    """wall-clock time of the import, in seconds"""
    cpu_seconds: float
    """processor time of the import, in seconds"""
    memory: int
    """growth of the memory of the process, in bytes; 0 if unknown"""
    exception: Optional[str] = None
    """type and message of the exception"""
    missing: Optional[str] = None
    """name of the missing module"""
    traceback: List[str] = field(default_factory=list)
    """last lines of the traceback"""
    output: List[str] = field(default_factory=list)
    """first lines that the module printed"""
    threads: List[str] = field(default_factory=list)
    """threads that are still running afterwards"""
    connections: List[str] = field(default_factory=list)
    """refused connections, as "host:port" """


@dataclass(frozen=True)
class Saving:
    """The startup time that would be saved without a module or distribution, and without the modules that only it imports."""

    name: str
    """name of the module or distribution"""
    modules: int
    """number of modules that would not be loaded"""
    seconds: float
    """seconds saved"""
    bytes: Optional[int] = None
    """unzipped size of the distribution"""


@dataclass(frozen=True)
class ShareVersion:
    """A version, with the principals that may use it besides its account."""

    version: int
    """version number"""
    arn: str
    """ARN of the version"""
    share: List[Grant]
    """current statements of the policy"""
    grant: List[str]
    """principals to add"""
    revoke: List[Grant]
    """statements to remove"""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a published version, or the project as it is now."""

    name: str
    """name of this side, such as "version 3" or "uv.lock" """
    version: Optional[int] = None
    """version number; None for a project"""
    target: Optional[str] = None
    """runtime and architecture, such as "python3.13/x86_64" """
    options: Optional[Dict[str, List[str]]] = None
    """options that affect the content of the layer"""
    inputs: Optional[str] = None
    """digest of all inputs"""
    sha256: Optional[str] = None
    """SHA-256 of the zip in hexadecimal; None if the zip was not built"""
    size: Optional[int] = None
    """size of the zip in bytes; None if the zip was not built"""
    unzipped: Optional[int] = None
    """unzipped size in bytes; None if unknown"""
    notes: List[str] = field(default_factory=list)
    """sentences that explain how the data was determined"""


@dataclass(frozen=True)
class Statement:
    """A statement that allows actions on resources."""

    Sid: str
    """ID of the statement"""
    Effect: str
    """effect of the statement: "Allow" """
    Action: List[str]
    """allowed actions"""
    Principal: Optional[Dict[str, str]] = None
    """who is allowed to perform the actions"""
    Resource: List[str] = field(default_factory=list)
    """resources that the actions apply to"""
    Condition: Optional[Dict[str, Dict[str, str]]] = None
    """conditions that a request must meet"""


@dataclass(frozen=True)
class Step:
    """One step on a path to a distribution."""

    name: str
    """name of the distribution or project"""
    version: Optional[str] = None
    """version of the distribution"""
    project: Optional[bool] = None
    """whether this is the project, or the list in a requirements.txt"""
    marker: Optional[str] = None
    """marker of the requirement that leads to this step; None if there is none"""
    extra: Optional[str] = None
    """extra of this step that requires the next step; None if none does"""
    group: Optional[str] = None
    """group of the project that requires the next step; None if none does"""


@dataclass(frozen=True)
class StoreUser:
    """A function version that uses a version of a layer."""

    function: str
    """name of the function"""
    version: str
    """version of the function: "$LATEST" or a number"""
    layer_version: int
    """version of the layer that the function version uses"""
    aliases: List[str] = field(default_factory=list)
    """aliases that point to the function version, sorted"""


@dataclass(frozen=True)
class Transfer:
    """The part of a zip that has to be uploaded. The rest is already at the destination, as the whole zip or as ranges of other zips that S3 copies."""

    send: int
    """number of bytes that will be, or were, uploaded"""
    total: int
    """size of the zip in bytes"""
    from_: List[str] = field(default_factory=list)
    """URIs of the zips that S3 copies the rest from"""


@dataclass(frozen=True)
class TreeNode:
    """A distribution in the dependency tree."""

    name: str
    """name of the distribution or project"""
    wheel: int
    """size of the wheel in bytes, from the lock file, the index, or the cache"""
    unzipped: int
    """unzipped size in bytes, before patterns in exclude are applied; known only for cached wheels"""
    requires: List[TreeNode]
    """distributions that it requires"""
    version: Optional[str] = None
    """version of the distribution"""
    extras: List[str] = field(default_factory=list)
    """required extras, sorted"""
    project: Optional[bool] = None
    """whether this is the project itself, which is not in the layer"""
    excluded: Optional[bool] = None
    """whether an exclude left it out of the layer"""
    missing: Optional[str] = None
    """why the distribution cannot be installed, such as "has no wheel for …"; None if it can"""
    repeated: Optional[bool] = None
    """whether its requirements are shown elsewhere in the tree"""


@dataclass(frozen=True)
class Unhashed:
    """A distribution without a hash in the lock file, with its current hash."""

    name: str
    """name of the distribution"""
    version: str
    """version of the distribution"""
    where: str
    """where to add the hash, such as "requirements.txt:12" """
    file: str
    """file name of the wheel"""
    hash: str
    """hash of the wheel: "sha256:<hex>" """
    add: str
    """text to add, such as "--hash=sha256:<hex>" for a requirement"""


@dataclass(frozen=True)
class User:
    """A function version that uses a version of a layer."""

    function: str
    """name of the function"""
    version: str
    """version of the function: "$LATEST" or a number"""
    layer_version: int
    """version of the layer that the function version uses"""
    account: str
    """account of the function, 12 digits"""
    aliases: List[str] = field(default_factory=list)
    """aliases that point to the function version, sorted"""


@dataclass(frozen=True)
class Users:
    """The function versions that use a layer."""

    newest: List[StoreUser]
    """function versions that use the latest version"""
    older: List[StoreUser]
    """function versions that use an older version"""


@dataclass(frozen=True)
class VersionMetrics:
    """The CloudWatch metrics of a function version. No data means no calls."""

    calls: int
    """number of calls, excluding throttled ones"""
    errors: int
    """number of calls that failed"""
    p90: int
    """90th percentile of the duration in nanoseconds, averaged over all minutes"""


@dataclass(frozen=True)
class WhyFile:
    """One file of a package."""

    file: str
    """name of the file"""
    chosen: bool
    """whether the file was selected"""
    fits: bool
    """whether the file is compatible with the target"""
    reason: Optional[str] = None
    """why the file was not selected"""
    size: Optional[int] = None
    """size in bytes; None if unknown"""


@dataclass(frozen=True)
class WhyPackage:
    """A package in the lock file, and why it is or is not in the layer."""

    version: str
    """version of the package"""
    where: str
    """position in the lock file, such as "uv.lock:12" """
    selected: bool
    """whether the package is selected for the target"""
    excluded: bool
    """whether an exclude left it out of the layer"""
    required_by: List[WhyRequirer]
    """what requires the package, active requirements first"""
    files: List[WhyFile]
    """files of the package, the selected file first"""
    refused: Optional[str] = None
    """why no file can be installed"""


@dataclass(frozen=True)
class WhyRequirer:
    """One requirement for a distribution."""

    state: str
    """"holds" if the requirement is active; otherwise, why it is not: "marker-fails", "not-reached", "not-asked", or "other-version" """
    path: List[Step]
    """path from the project to the distribution"""


@dataclass(frozen=True)
class FailedLayer:
    """A layer for which the command failed."""

    layer: str
    """name of the layer"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    error: Failure


@dataclass(frozen=True)
class ApplyLayer:
    """What `lamella apply` reports about a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    layer: str
    """name of the layer"""
    arn: str
    """ARN of the version that has the content"""
    version: int
    """number of the version that has the content"""
    published: bool
    """whether a version was published; false if it already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    """what was done, and why"""
    reason: str
    """a sentence that explains the outcome"""
    error: Optional[Failure]
    """None if nothing failed"""
    warnings: List[str] = field(default_factory=list)
    """what the new version may break"""
    notes: List[str] = field(default_factory=list)
    """additional information"""
    changes: List[Change] = field(default_factory=list)
    """changes since the previous version, sorted by name"""
    upload: Optional[Transfer] = None
    """how much of the zip was uploaded; None if nothing was published"""


@dataclass(frozen=True)
class ApplyResult:
    """The result of `lamella apply`."""

    layers: List[ApplyLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class AttachLayer:
    """What `lamella attach` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """whether the functions were changed; false without --yes"""
    version: int
    """version of the layer; 0 for a rollback"""
    arn: str
    """ARN of this version"""
    functions: List[AttachedFunction]
    """functions, sorted by name"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class AttachResult:
    """The result of `lamella attach`."""

    layers: List[AttachLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class BuildLayer:
    """What `lamella build` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    size: int
    """size of the zip in bytes; 0 if no zip was written"""
    unzipped: int
    """size of all files in the zip, in bytes"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in the zip"""
    distributions: List[Package]
    """distributions in the layer, sorted by name"""
    left_out: List[LeftOut]
    """what each value of exclude and each slim rule left out"""
    also_fits: List[str]
    """other targets that can run the same bytes"""
    path: str
    """path of the zip"""
    sha256: str
    """SHA-256 of the zip in hexadecimal"""
    error: Optional[Failure]
    """None if nothing failed"""
    inputs: Optional[str] = None
    """digest of all inputs; None for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """bytecode in the layer; None if there is none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class BuildResult:
    """The result of `lamella build`."""

    layers: List[BuildLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class CacheCleanResult:
    """The result of `lamella cache clean`."""

    files: int
    """number of files in the cache, or of files that were removed, checked, or copied"""
    bytes: int
    """size of these files in bytes"""
    exit_status: int
    """exit status of the command"""
    dir: Optional[str] = None
    """path of the cache folder; None if only the shared cache was used"""
    shared: Optional[str] = None
    """URI of the shared cache (s3://bucket/prefix); None if it was not used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheDirResult:
    """The result of `lamella cache dir`."""

    dir: str
    """path of the cache folder, which may not exist"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class CachePullResult:
    """The result of `lamella cache pull`."""

    files: int
    """number of files in the cache, or of files that were removed, checked, or copied"""
    bytes: int
    """size of these files in bytes"""
    exit_status: int
    """exit status of the command"""
    dir: Optional[str] = None
    """path of the cache folder; None if only the shared cache was used"""
    shared: Optional[str] = None
    """URI of the shared cache (s3://bucket/prefix); None if it was not used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CachePushResult:
    """The result of `lamella cache push`."""

    files: int
    """number of files in the cache, or of files that were removed, checked, or copied"""
    bytes: int
    """size of these files in bytes"""
    exit_status: int
    """exit status of the command"""
    dir: Optional[str] = None
    """path of the cache folder; None if only the shared cache was used"""
    shared: Optional[str] = None
    """URI of the shared cache (s3://bucket/prefix); None if it was not used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheSizeResult:
    """The result of `lamella cache size`."""

    files: int
    """number of files in the cache, or of files that were removed, checked, or copied"""
    bytes: int
    """size of these files in bytes"""
    exit_status: int
    """exit status of the command"""
    dir: Optional[str] = None
    """path of the cache folder; None if only the shared cache was used"""
    shared: Optional[str] = None
    """URI of the shared cache (s3://bucket/prefix); None if it was not used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheVerifyLayer:
    """What `lamella cache verify` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    project: str
    """folder of a project whose layer was built from a damaged wheel"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class CacheVerifyResult:
    """The result of `lamella cache verify`."""

    layers: List[CacheVerifyLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    files: int
    """number of files in the cache, or of files that were removed, checked, or copied"""
    bytes: int
    """size of these files in bytes"""
    exit_status: int
    """exit status of the command"""
    dir: Optional[str] = None
    """path of the cache folder; None if only the shared cache was used"""
    shared: Optional[str] = None
    """URI of the shared cache (s3://bucket/prefix); None if it was not used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CheckLayer:
    """What `lamella check` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64" """
    distributions: int
    """number of distributions in the layer"""
    binaries: int
    """number of ELF files in the layer"""
    findings: List[Finding]
    """findings, worst first"""
    interpreter: Optional[Interpreter]
    """interpreter that imported the modules; None if no modules were imported"""
    error: Optional[Failure]
    """None if nothing failed"""
    imports: List[ImportResult] = field(default_factory=list)
    """result of each import, sorted by module"""
    imports_skipped: Optional[str] = None
    """why no modules were imported"""


@dataclass(frozen=True)
class CheckResult:
    """The result of `lamella check`."""

    layers: List[CheckLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class DeployLayer:
    """What `lamella deploy` reports about a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    layer: str
    """name of the layer"""
    arn: str
    """ARN of the version that has the content"""
    version: int
    """number of the version that has the content"""
    published: bool
    """whether a version was published; false if it already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    """what was done, and why"""
    reason: str
    """a sentence that explains the outcome"""
    error: Optional[Failure]
    """None if nothing failed"""
    warnings: List[str] = field(default_factory=list)
    """what the new version may break"""
    notes: List[str] = field(default_factory=list)
    """additional information"""
    changes: List[Change] = field(default_factory=list)
    """changes since the previous version, sorted by name"""
    upload: Optional[Transfer] = None
    """how much of the zip was uploaded; None if nothing was published"""


@dataclass(frozen=True)
class DeployResult:
    """The result of `lamella deploy`."""

    layers: List[DeployLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class DiffLayer:
    """What `lamella diff` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    old: Side
    """older side of the comparison"""
    new: Side
    """newer side of the comparison"""
    changes: List[Change]
    """distributions that differ, sorted by name"""
    same: bool
    """whether both sides have the same content, according to their zips or, if a zip is not built, to their inputs and targets"""
    error: Optional[Failure]
    """None if nothing failed"""
    options: Optional[str] = None
    """options added (+) and removed (-)"""
    files: List[str] = field(default_factory=list)
    """files added (+), removed (-), and changed (~), sorted by name, if both versions were published from a zip or a folder"""


@dataclass(frozen=True)
class DiffResult:
    """The result of `lamella diff`."""

    layers: List[DiffLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class DoctorLayer:
    """What `lamella doctor` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    problems: List[Failure]
    """everything that would make a deploy fail; each problem is also listed in the item that it concerns"""
    runtime: DoctorRuntime
    """Lambda runtime"""
    lock: DoctorLock
    """project's lock file"""
    size: DoctorSize
    """size of the layer"""
    cache: DoctorCache
    """cache of wheels on this machine"""
    indexes: List[DoctorIndex]
    """package indexes"""
    aws: DoctorAWS
    """AWS region and identity"""
    destination: DoctorDestination
    """destination of the layer"""
    tools: List[DoctorProgram]
    """uv, pip, Poetry, and keyring"""
    pythons: List[DoctorProgram]
    """Python interpreters"""
    engines: List[DoctorProgram]
    """container engines"""
    builders: List[DoctorBuilder]
    """ways to build the layer"""
    error: Optional[Failure]
    """None if nothing failed"""
    indexes_problem: Optional[Failure] = None
    """why the indexes are unknown"""


@dataclass(frozen=True)
class DoctorResult:
    """The result of `lamella doctor`."""

    layers: List[DoctorLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class HistoryLayer:
    """What `lamella history` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    versions: List[HistoryItem]
    """versions of the layer, newest first"""
    users: Optional[List[User]]
    """function versions that use the layer; None if unknown"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class HistoryResult:
    """The result of `lamella history`."""

    layers: List[HistoryLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class ImportsLayer:
    """What `lamella imports` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64" """
    interpreter: Interpreter
    """interpreter that imported the modules"""
    modules: List[str]
    """modules to import, in order"""
    runs: int
    """number of runs; the times are from the run with the median total"""
    start: float
    """seconds to start the interpreter and to import the modules of the runtime"""
    seconds: float
    """seconds for the imports; INIT is the sum of start and seconds"""
    memory: int
    """growth of the memory of the process, in bytes; 0 if unknown"""
    loaded: int
    """number of modules loaded"""
    compiled: int
    """number of modules that had to be compiled"""
    tree: List[Module]
    """imported modules, in the order of import"""
    distributions: List[Cost]
    """time of each distribution, longest first"""
    lazy: List[Saving]
    """what importing each module later would save, if anything"""
    exclude: List[Saving]
    """distributions that the imports do not need"""
    elsewhere: int
    """number of modules imported by other threads, which are not in the tree"""
    connections_refused: List[str]
    """refused connections, as "host:port" """
    error: Optional[Failure]
    """None if nothing failed"""
    output: List[str] = field(default_factory=list)
    """first lines that the modules printed"""
    threads: List[str] = field(default_factory=list)
    """threads that are still running afterwards"""


@dataclass(frozen=True)
class ImportsResult:
    """The result of `lamella imports`."""

    layers: List[ImportsLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class InitResult:
    """The result of `lamella init`."""

    path: str
    """path of the file with the configuration"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class LsLayer:
    """What `lamella ls` reports about a layer."""

    place: str
    """configured profile, role, and region"""
    layer: str
    """name of the layer"""
    versions: int
    """number of versions"""
    state: Literal["current", "behind", "never published", "foreign", "unknown"]
    """how the latest version compares with the lock file"""
    users: Optional[Users]
    """function versions that use the layer; None if unknown"""
    held: Optional[Hold]
    """hold that prevents deploy from publishing the layer; None if there is none, or if the state is "current" """
    error: Optional[Failure]
    """None if nothing failed"""
    version: Optional[int] = None
    """latest version; None if there is none"""
    arn: Optional[str] = None
    """ARN of this version; None if there is none"""
    created: Optional[datetime.datetime] = None
    """when this version was created"""
    target: Optional[str] = None
    """runtime and architecture, such as "python3.13/x86_64" """
    size: Optional[int] = None
    """size of the zip in bytes"""
    unzipped: Optional[int] = None
    """unzipped size in bytes"""
    parameter: Optional[str] = None
    """name of the SSM parameter; None if none is configured"""
    parameter_current: Optional[bool] = None
    """whether the parameter names the latest version"""
    notes: List[str] = field(default_factory=list)
    """sentences that explain why something is unknown"""


@dataclass(frozen=True)
class LsResult:
    """The result of `lamella ls`."""

    layers: List[LsLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class PackageLayer:
    """What `lamella package` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    size: int
    """size of the zip in bytes; 0 if no zip was written"""
    unzipped: int
    """size of all files in the zip, in bytes"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in the zip"""
    distributions: List[Package]
    """distributions in the layer, sorted by name"""
    left_out: List[LeftOut]
    """what each value of exclude and each slim rule left out"""
    also_fits: List[str]
    """other targets that can run the same bytes"""
    path: str
    """path of the zip"""
    sha256: str
    """SHA-256 of the zip in hexadecimal"""
    error: Optional[Failure]
    """None if nothing failed"""
    inputs: Optional[str] = None
    """digest of all inputs; None for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """bytecode in the layer; None if there is none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class PackageResult:
    """The result of `lamella package`."""

    layers: List[PackageLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class PlanLayer:
    """What `lamella plan` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    destination: str
    """destination, with placeholders replaced"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    """what deploy would do"""
    publishes: bool
    """whether deploy would publish a new version"""
    reason: str
    """a sentence that explains the outcome"""
    warnings: List[str]
    """what the new version may break"""
    notes: List[str]
    """additional information"""
    share: List[str]
    """principals that the new version, or the latest if none is published, would be shared with"""
    parameter: str
    """SSM parameter that would be written; "" if none"""
    latest: Optional[LatestVersion]
    """latest version; None if the layer has no version"""
    changes: List[Change]
    """changes since the latest version, sorted by name"""
    content: Optional[Contents]
    """content of the layer; None if deploy does not have to build it"""
    upload: Optional[Transfer]
    """how much of the zip would be uploaded to S3; None if nothing would"""
    unhashed: List[Unhashed]
    """distributions without a hash in the lock file"""
    gaps: List[Gap]
    """distributions that cannot be installed"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class PlanResult:
    """The result of `lamella plan`."""

    layers: List[PlanLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class PolicyResult:
    """The result of `lamella policy`."""

    policies: List[Policy]
    """IAM policies, one for each account"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class PruneLayer:
    """What `lamella prune` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """whether the versions were deleted; false without --yes"""
    delete: List[Pruned]
    """versions to delete, newest first"""
    keep: List[Kept]
    """versions to keep, newest first"""
    objects: List[Garbage]
    """objects to delete"""
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)
    """additional information"""


@dataclass(frozen=True)
class PruneResult:
    """The result of `lamella prune`."""

    layers: List[PruneLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class PublishLayer:
    """What `lamella publish` reports about a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    layer: str
    """name of the layer"""
    arn: str
    """ARN of the version that has the content"""
    version: int
    """number of the version that has the content"""
    published: bool
    """whether a version was published; false if it already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    """what was done, and why"""
    reason: str
    """a sentence that explains the outcome"""
    error: Optional[Failure]
    """None if nothing failed"""
    warnings: List[str] = field(default_factory=list)
    """what the new version may break"""
    notes: List[str] = field(default_factory=list)
    """additional information"""
    changes: List[Change] = field(default_factory=list)
    """changes since the previous version, sorted by name"""
    upload: Optional[Transfer] = None
    """how much of the zip was uploaded; None if nothing was published"""


@dataclass(frozen=True)
class PublishResult:
    """The result of `lamella publish`."""

    layers: List[PublishLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class ReleaseLayer:
    """What `lamella release` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    held: Optional[Hold]
    """hold that was removed; None if the layer was not held"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ReleaseResult:
    """The result of `lamella release`."""

    layers: List[ReleaseLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class ResolveLayer:
    """What `lamella resolve` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    distributions: List[Distribution]
    """distributions in the layer, sorted by name"""
    excluded: List[str]
    """distributions that an exclude left out, as "name version" """
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ResolveResult:
    """The result of `lamella resolve`."""

    layers: List[ResolveLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class RollbackLayer:
    """What `lamella rollback` reports about a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    version: int
    """number of the version to restore"""
    error: Optional[Failure]
    """None if nothing failed"""
    layer: Optional[str] = None
    """name of the layer"""
    arn: Optional[str] = None
    """ARN of the version that has the content"""
    published: Optional[bool] = None
    """whether a version was published; false if it already existed"""
    outcome: Optional[Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]] = None
    """what was done, and why"""
    reason: Optional[str] = None
    """a sentence that explains the outcome"""
    warnings: List[str] = field(default_factory=list)
    """what the new version may break"""
    notes: List[str] = field(default_factory=list)
    """additional information"""
    changes: List[Change] = field(default_factory=list)
    """changes since the previous version, sorted by name"""
    upload: Optional[Transfer] = None
    """how much of the zip was uploaded; None if nothing was published"""
    done: Optional[bool] = None
    """whether the layers were rolled back; false without --yes"""
    latest: Optional[int] = None
    """number of the latest version"""
    same: Optional[bool] = None
    """whether the latest version already has this content, so that nothing is published"""


@dataclass(frozen=True)
class RollbackResult:
    """The result of `lamella rollback`."""

    layers: List[RollbackLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class ShareLayer:
    """What `lamella share` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """whether the changes were made; false without --sync"""
    versions: List[ShareVersion]
    """versions of the layer, newest first"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ShareResult:
    """The result of `lamella share`."""

    layers: List[ShareLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class ShowLayer:
    """What `lamella show` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    version: int
    """version number"""
    arn: str
    """ARN of the version"""
    latest: bool
    """whether this is the latest version"""
    created: datetime.datetime
    """when the version was created"""
    runtimes: List[str]
    """runtimes that the version is declared compatible with"""
    architectures: List[str]
    """architectures that the version is declared compatible with"""
    sha256: str
    """SHA-256 of the zip in hexadecimal"""
    size: int
    """size of the zip in bytes"""
    share: List[Grant]
    """principals that may use the version"""
    users: Optional[List[User]]
    """function versions that use the version; None if unknown"""
    error: Optional[Failure]
    """None if nothing failed"""
    description: Optional[str] = None
    """description of the version"""
    license: Optional[str] = None
    """license of the version"""
    target: Optional[str] = None
    """runtime and architecture that the version was built for, such as "python3.13/x86_64" """
    options: Optional[Dict[str, List[str]]] = None
    """options that affect the content of the layer"""
    manifest: Optional[str] = None
    """name of the lock file"""
    manifest_uri: Optional[str] = None
    """URI of the stored lock file"""
    tool: Optional[str] = None
    """tool that wrote the record; None if it was not lamella"""
    bytecode_python: Optional[str] = None
    """exact version of the CPython interpreter that compiled the bytecode; None if there is none"""
    again: Optional[int] = None
    """for a rollback, the number of the version that was restored"""
    unzipped: Optional[int] = None
    """unzipped size in bytes"""
    entries: Optional[int] = None
    """number of files in the zip"""
    zip_uri: Optional[str] = None
    """URI of the stored zip; None if the zip is not stored"""
    distributions: List[Package] = field(default_factory=list)
    """distributions in the layer, sorted by name"""
    notes: List[str] = field(default_factory=list)
    """sentences that explain why something is unknown"""


@dataclass(frozen=True)
class ShowResult:
    """The result of `lamella show`."""

    layers: List[ShowLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class StatusLayer:
    """What `lamella status` reports about a layer."""

    place: str
    """configured profile, role, and region"""
    layer: str
    """name of the layer"""
    versions: int
    """number of versions"""
    state: Literal["current", "behind", "never published", "foreign", "unknown"]
    """how the latest version compares with the lock file"""
    users: Optional[Users]
    """function versions that use the layer; None if unknown"""
    held: Optional[Hold]
    """hold that prevents deploy from publishing the layer; None if there is none, or if the state is "current" """
    error: Optional[Failure]
    """None if nothing failed"""
    version: Optional[int] = None
    """latest version; None if there is none"""
    arn: Optional[str] = None
    """ARN of this version; None if there is none"""
    created: Optional[datetime.datetime] = None
    """when this version was created"""
    target: Optional[str] = None
    """runtime and architecture, such as "python3.13/x86_64" """
    size: Optional[int] = None
    """size of the zip in bytes"""
    unzipped: Optional[int] = None
    """unzipped size in bytes"""
    parameter: Optional[str] = None
    """name of the SSM parameter; None if none is configured"""
    parameter_current: Optional[bool] = None
    """whether the parameter names the latest version"""
    notes: List[str] = field(default_factory=list)
    """sentences that explain why something is unknown"""


@dataclass(frozen=True)
class StatusResult:
    """The result of `lamella status`."""

    layers: List[StatusLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class TreeLayer:
    """What `lamella tree` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    lock: str
    """path of the lock file"""
    roots: List[TreeNode]
    """projects, or the packages that no other package requires"""
    distributions: int
    """number of distributions in the layer"""
    wheel: int
    """size of the wheel in bytes, from the lock file, the index, or the cache"""
    unzipped: int
    """unzipped size in bytes, before patterns in exclude are applied; known only for cached wheels"""
    unmeasured: int
    """number of distributions whose unzipped size is unknown"""
    unknown: int
    """number of distributions whose requirements are neither in the lock file nor in a cached wheel"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class TreeResult:
    """The result of `lamella tree`."""

    layers: List[TreeLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class UploadLayer:
    """What `lamella upload` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    uri: str
    """URI of the zip (s3://bucket/key), or its path"""
    sha256: str
    """SHA-256 of the zip in hexadecimal"""
    size: int
    """size of the zip in bytes"""
    sent: bool
    """whether the zip was uploaded; false if it already existed"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class UploadResult:
    """The result of `lamella upload`."""

    layers: List[UploadLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class UsersLayer:
    """What `lamella users` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    latest: int
    """latest version of the layer; 0 if the layer has no version"""
    users: List[User]
    """function versions that use the layer, users of the latest version first"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class UsersResult:
    """The result of `lamella users`."""

    layers: List[UsersLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class VendorResult:
    """The result of `lamella vendor`."""

    dir: str
    """path of the folder"""
    files: List[str]
    """names of all files that the layers need"""
    added: int
    """number of files that were added to the folder"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class VerifyLayer:
    """What `lamella verify` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    version: int
    """version number"""
    arn: str
    """ARN of the version"""
    sha256: str
    """SHA-256 of the zip in hexadecimal"""
    size: int
    """size of the zip in bytes"""
    from_: str
    """what the zip was rebuilt from, such as "uv.lock" """
    downloaded: bool
    """whether the zip was downloaded from Lambda and hashed"""
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)
    """additional information"""


@dataclass(frozen=True)
class VerifyResult:
    """The result of `lamella verify`."""

    layers: List[VerifyLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""


@dataclass(frozen=True)
class VersionResult:
    """The result of `lamella version`."""

    version: str
    """version of lamella, such as "v1.2.3" or "devel" """
    go: str
    """version of Go that the binary was built with"""
    platform: str
    """operating system and architecture, such as "linux/amd64" """
    exit_status: int
    """exit status of the command"""
    revision: Optional[str] = None
    """commit that the binary was built from"""
    modified: Optional[bool] = None
    """whether the source had local changes"""


@dataclass(frozen=True)
class WhyLayer:
    """What `lamella why` reports about a layer."""

    layer: str
    """name of the layer; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured"""
    place: str
    """configured profile, role, and region"""
    name: str
    """normalized name of the distribution"""
    distributions: List[WhyPackage]
    """distributions with this name in the lock file, usually one"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class WhyResult:
    """The result of `lamella why`."""

    layers: List[WhyLayer]
    """results, in the order of the configuration"""
    failed: List[FailedLayer]
    """layers for which the command failed"""
    exit_status: int
    """exit status of the command"""
