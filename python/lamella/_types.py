# Made by `go run ./tools/pyapi`.
from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Dict, List, Literal, Optional


@dataclass(frozen=True)
class Advice:
    """Advice is what would make the layer smaller: an exclude, or a rule for slim."""

    kind: str
    """"sdk" for distributions that the runtime also has; else the rule for slim"""
    exclude: List[str]
    """for exclude in the configuration; empty for a rule"""
    names: List[str]
    """for "sdk", the distributions, sorted"""
    bytes: int
    """unzipped bytes saved"""
    slim: Optional[str] = None
    """for slim in the configuration"""


@dataclass(frozen=True)
class AttachedFunction:
    """AttachedFunction is what is planned for a function, and what became of it."""

    function: str
    action: Literal["move", "add", "finish", "current", "skip", "blocked", "rollback"]
    layers: int
    """number of layers afterwards"""
    size: int
    """Size is the least size of code and layers afterwards in bytes. Lambda reports zipped sizes; only that of this layer is known unzipped."""
    published: str
    """published version of the function; "" if there is none"""
    old_metrics: Optional[VersionMetrics]
    """metrics of the old version; None without a canary"""
    new_metrics: Optional[VersionMetrics]
    """metrics of the new version"""
    error: Optional[Failure]
    from_: Optional[int] = None
    """previous version of the layer; 0 if there is none"""
    to: Optional[int] = None
    """new version of the layer; 0 if it is removed"""
    reason: Optional[str] = None
    alias: Optional[str] = None
    old: Optional[str] = None
    """the function version that the alias points to"""
    manager: Optional[Manager] = None
    warnings: List[str] = field(default_factory=list)
    outcome: Optional[Literal["moved", "unchanged", "skipped", "rolled back", "not enough traffic", "failed"]] = None
    """absent if nothing was done yet"""


@dataclass(frozen=True)
class Bytecode:
    """Bytecode describes the bytecode compiled for a layer."""

    python: str
    """exact version of the CPython that compiled it: "3.13.7" """
    files: int
    """number of .pyc files added or replaced"""
    bytes: int
    """their unzipped size"""


@dataclass(frozen=True)
class Change:
    """Change is one distribution that differs between two layer versions."""

    kind: Literal["added", "removed", "updated"]
    name: str
    old: Optional[Package] = None
    """nil if added"""
    new: Optional[Package] = None
    """nil if removed"""


@dataclass(frozen=True)
class Contents:
    """Contents is what a layer contains."""

    size: int
    """bytes of the zip; 0 if none was written"""
    unzipped: int
    """bytes of all files in it"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in it"""
    packages: List[Package]
    """sorted by name"""
    left_out: List[LeftOut]
    """what each exclude left out"""
    also_fits: List[str]
    """other targets on which the same bytes run"""
    inputs: Optional[str] = None
    """digest of all inputs; absent for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """absent if the layer has none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class Cost:
    """Cost is what the modules of a distribution took by themselves."""

    distribution: str
    modules: int
    own: float


@dataclass(frozen=True)
class Distribution:
    """Distribution is one wheel of a layer."""

    name: str
    version: str
    file: str
    """the wheel, or the source that it is built from"""
    hash: str
    """"sha256:<hex>" """
    unhashed: bool
    """the lock file has no hash; this is the current one"""
    where: str
    """position in the lock file: "uv.lock:12" """
    direct: bool
    """the project itself requires it, or the lock file does not record what does"""
    required_by: List[str]
    """other distributions, sorted"""
    url: Optional[str] = None
    """without credentials; absent if only an index has it"""
    size: Optional[int] = None
    """bytes of the wheel; absent if unknown"""


@dataclass(frozen=True)
class DoctorAWS:
    """DoctorAWS is the identity that signs requests to AWS."""

    region: Optional[str] = None
    credentials: Optional[str] = None
    """the source of the credentials"""
    account: Optional[str] = None
    """12 digits"""
    identity: Optional[str] = None
    """ARN of the user or role"""
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorBuilder:
    """DoctorBuilder is a builder at a place, and why it would not work there."""

    builder: str
    where: str
    """"here" or "in a container" """
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorCache:
    """DoctorCache is the cache of wheels on this machine."""

    path: Optional[str] = None
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorCheck:
    """DoctorCheck is one thing that was tried at the destination, without changing anything."""

    name: str
    """"folder", "destination", "bucket", "versioning" or a permission: "s3:PutObject" """
    found: Optional[str] = None
    """what the check found, such as the bucket or the latest version"""
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorDestination:
    """DoctorDestination is where the layer goes."""

    checks: List[DoctorCheck]
    """in the order of a deploy, without checks that depend on a failed one"""
    to: Optional[str] = None
    """the configured destination; absent if there is none"""


@dataclass(frozen=True)
class DoctorIndex:
    """DoctorIndex is a package index."""

    asked: bool
    """the index is used for packages without an index in the lock file"""
    name: Optional[str] = None
    url: Optional[str] = None
    """without user and password"""
    credentials: Optional[str] = None
    """the source of the credentials, without the credentials themselves"""
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorLock:
    """DoctorLock is the project's lock file."""

    path: Optional[str] = None
    problem: Optional[Failure] = None
    warning: Optional[Failure] = None
    """says that the lock file is out of date with its project"""


@dataclass(frozen=True)
class DoctorProgram:
    """DoctorProgram is a program on this machine."""

    name: str
    path: Optional[str] = None
    """absent if not installed"""
    version: Optional[str] = None
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class DoctorRuntime:
    """DoctorRuntime is the Lambda runtime."""

    name: str
    warning: Optional[str] = None
    """says that the runtime is deprecated, blocked, or a preview"""


@dataclass(frozen=True)
class DoctorSize:
    """DoctorSize is how large the layer is, as far as that is known without a download."""

    exact: bool
    """whether all wheels are in the cache"""
    unzipped: int
    """bytes of the layer's files if exact, otherwise of the wheels in the cache"""
    limit: int
    """bytes that a function's code and its layers may have unzipped"""
    missing: int
    """wheels that are not in the cache"""
    zip: Optional[int] = None
    """bytes of the zip, if exact"""
    problem: Optional[Failure] = None


@dataclass(frozen=True)
class PolicyDocument:
    """Document is a policy."""

    Version: str
    Statement: List[Statement]


@dataclass(frozen=True)
class Failure:
    """Error is why a command failed, or failed for one layer."""

    kind: str
    """name of the exit status: "usage", "lock", "index" …"""
    exit_status: int
    """see `lamella help exit-codes`"""
    message: str
    """one sentence, as printed after "error:" """
    subject: str
    """what the error is about, such as a distribution or a file; "" if nothing in particular"""
    details: List[str]
    """the lines printed below the message"""
    hints: List[str]
    """what to do next"""


@dataclass(frozen=True)
class Finding:
    """Finding is one thing that was found."""

    code: Literal["foreign-code", "damaged-code", "symbol-version", "missing-library", "library-path", "missing-requirement", "wrong-requirement", "runtime-version", "bad-metadata", "shadows-standard", "shadows-runtime", "hidden-by-function", "partial-sdk", "path-file", "unreadable", "import-failed", "import-crashed", "import-timeout", "import-needs-network", "import-side-effect", "import-unknown", "import-slow"]
    severity: Literal["error", "warning", "note"]
    subject: str
    """Subject is a library, a distribution, a module, or a file."""
    message: str
    """Message is one sentence in lower case without a full stop."""
    who: List[str] = field(default_factory=list)
    """Who are the distributions that it concerns, or files of none, sorted."""
    details: List[str] = field(default_factory=list)
    """Details are further lines: every file, the last lines of a traceback."""
    hint: Optional[str] = None
    """Hint is an instruction to fix the problem; "" if there is nothing to do."""


@dataclass(frozen=True)
class Gap:
    """Gap is a distribution that cannot be installed."""

    name: str
    version: str
    required_by: List[str]
    """other distributions, sorted"""
    reason: str


@dataclass(frozen=True)
class Garbage:
    """Garbage is an object that belongs to no version once Delete is deleted."""

    key: str
    """below the layer's prefix"""
    uri: str
    size: int
    """bytes"""
    why: str


@dataclass(frozen=True)
class Grant:
    """Grant is one statement of a version's policy."""

    id: str
    principal: str


@dataclass(frozen=True)
class HistoryItem:
    """HistoryItem is one version of a layer and its record."""

    version: int
    arn: str
    created: datetime.datetime
    description: Optional[str] = None
    manifest: Optional[str] = None
    """the lock file's name; "" if none is stored"""
    target: Optional[str] = None
    tool: Optional[str] = None
    """tool that wrote the record; "" if not lamella"""
    again: Optional[int] = None
    """for a rollback, the version that was restored"""
    size: Optional[int] = None
    """bytes of the zip; 0 if unknown"""
    unzipped: Optional[int] = None
    packages: List[Package] = field(default_factory=list)
    changes: List[Change] = field(default_factory=list)
    """Changes are those since the next older version, if both are recorded. The oldest version adds everything."""
    note: Optional[str] = None
    """why something is unknown, a whole sentence"""


@dataclass(frozen=True)
class Hold:
    """Hold is layer/hold: the layer stays at a version until it is released."""

    schema: int
    layer: str
    version: int
    """the latest when it was held"""
    since: datetime.datetime
    tool: str
    reason: Optional[str] = None


@dataclass(frozen=True)
class Interpreter:
    """Interpreter is a command that runs a CPython that can import a target's modules."""

    command: List[str]
    """the command that starts the interpreter: "qemu-aarch64", "-L", "/arm64", "/arm64/usr/bin/python3.13" """
    version: str
    """"3.13.7" """
    emulated: bool
    """the interpreter runs in an emulator such as qemu, so times are meaningless"""


@dataclass(frozen=True)
class Kept:
    """Kept is a version to keep."""

    version: int
    reason: str
    users: List[StoreUser] = field(default_factory=list)
    """function versions that use it"""


@dataclass(frozen=True)
class LatestVersion:
    """LatestVersion is the latest published version of a layer."""

    version: int
    arn: str


@dataclass(frozen=True)
class LeftOut:
    """LeftOut describes what one element of Exclude, or one rule of Slim, left out of the layer."""

    exclude: str
    """as given; of a rule, such as "tests", the key's name comes first: "slim tests" """
    files: int
    """number of files; 0 for a distribution, which is not downloaded"""
    bytes: int
    """unzipped; 0 for a distribution whose wheel is not in the cache"""
    wheel: Optional[int] = None
    """bytes of a distribution's wheel; 0 if unknown"""


@dataclass(frozen=True)
class Manager:
    """Manager is the tool that manages a function, according to its tags."""

    tool: str
    """"CloudFormation", "AWS SAM", "Terraform", "Chalice" …"""
    stack: Optional[str] = None
    """CloudFormation stack"""


@dataclass(frozen=True)
class Module:
    """Module is one module of the tree."""

    name: str
    distribution: str
    """Standard for the standard library; "" if unknown"""
    start: float
    """seconds since the first import started"""
    total: float
    """seconds, including the modules it imports"""
    own: float
    file: Optional[str] = None
    compiled: Optional[bool] = None
    """compiled from source, because there was no bytecode"""
    failed: Optional[bool] = None
    """the import failed, and the importer caught the exception"""
    imports: List[Module] = field(default_factory=list)


@dataclass(frozen=True)
class Package:
    """Package is one distribution in a layer."""

    name: str
    version: str
    file: Optional[str] = None
    """the wheel"""
    hash: Optional[str] = None
    """of the wheel"""
    size: Optional[int] = None
    """unzipped bytes in the layer; 0 if unknown"""


@dataclass(frozen=True)
class Policy:
    """Policy is an IAM policy."""

    of: str
    """account, or bucket for --bucket; "" for --trust"""
    document: PolicyDocument


@dataclass(frozen=True)
class Pruned:
    """Pruned is a version to delete."""

    version: int
    arn: str
    created: datetime.datetime
    size: Optional[int] = None
    """bytes of the zip at Lambda; 0 if not recorded"""


@dataclass(frozen=True)
class ImportResult:
    """Result is what came of one import."""

    module: str
    status: Literal["imported", "failed", "exited", "crashed", "timeout"]
    seconds: float
    """wall-clock time of the import alone"""
    cpu_seconds: float
    """processor time of the import alone"""
    memory: int
    """memory growth of the process in bytes; 0 if unknown"""
    exception: Optional[str] = None
    """type and message of the exception"""
    missing: Optional[str] = None
    """the missing module"""
    traceback: List[str] = field(default_factory=list)
    """last lines of the traceback"""
    output: List[str] = field(default_factory=list)
    """the first lines of output"""
    threads: List[str] = field(default_factory=list)
    """threads that still run afterwards"""
    connections: List[str] = field(default_factory=list)
    """refused connections: "host:port" """


@dataclass(frozen=True)
class Saving:
    """Saving is what a start would take less without a module or distribution, and without all that nothing else imports."""

    name: str
    modules: int
    """number of modules that would not be loaded"""
    seconds: float
    bytes: Optional[int] = None
    """unzipped size of the distribution"""


@dataclass(frozen=True)
class ShareVersion:
    """ShareVersion is who may use one version besides its own account."""

    version: int
    arn: str
    share: List[Grant]
    """the current statements"""
    grant: List[str]
    """principals to add"""
    revoke: List[Grant]
    """statements to remove"""


@dataclass(frozen=True)
class Side:
    """Side is one side of a comparison: a published version, or the project as it is now."""

    name: str
    """"version 3", "uv.lock" """
    version: Optional[int] = None
    """0 for a project"""
    target: Optional[str] = None
    options: Optional[Dict[str, List[str]]] = None
    inputs: Optional[str] = None
    sha256: Optional[str] = None
    """SHA-256 of the zip in hexadecimal; "" if not built"""
    size: Optional[int] = None
    """bytes of the zip; 0 if not built"""
    unzipped: Optional[int] = None
    """bytes; 0 if unknown"""
    notes: List[str] = field(default_factory=list)
    """how this was determined, whole sentences"""


@dataclass(frozen=True)
class Statement:
    """Statement allows actions on resources."""

    Sid: str
    Effect: str
    Action: List[str]
    Principal: Optional[Dict[str, str]] = None
    Resource: List[str] = field(default_factory=list)
    Condition: Optional[Dict[str, Dict[str, str]]] = None


@dataclass(frozen=True)
class Step:
    """Step is a distribution on a path to another."""

    name: str
    version: Optional[str] = None
    project: Optional[bool] = None
    """the project, or the list of a requirements.txt"""
    marker: Optional[str] = None
    """marker of the requirement for this step; "" is always true"""
    extra: Optional[str] = None
    """extra of this step that requires the next step, "" if none"""
    group: Optional[str] = None
    """group of the project that requires the next step, "" if none"""


@dataclass(frozen=True)
class StoreUser:
    """User is a function version that uses a version of a layer."""

    function: str
    version: str
    """"$LATEST" or a number"""
    layer_version: int
    aliases: List[str] = field(default_factory=list)
    """aliases that point to it, sorted"""


@dataclass(frozen=True)
class Transfer:
    """Transfer is how much of a zip has to be uploaded. The rest is at the destination already: the whole zip, or ranges of other zips that S3 copies."""

    send: int
    """bytes to upload, or uploaded"""
    total: int
    """bytes of the zip"""
    from_: List[str] = field(default_factory=list)
    """URIs of the zips to copy the rest from"""


@dataclass(frozen=True)
class TreeNode:
    """TreeNode is a distribution in a tree."""

    name: str
    wheel: int
    """size of the file, from the lock file, the index, or the cache"""
    unzipped: int
    """size in a layer without path excludes; known only for cached wheels"""
    requires: List[TreeNode]
    version: Optional[str] = None
    extras: List[str] = field(default_factory=list)
    """required extras, sorted"""
    project: Optional[bool] = None
    """the project itself, which is not in the layer"""
    excluded: Optional[bool] = None
    """an exclude left it out"""
    missing: Optional[str] = None
    """why it cannot be installed, "" if it can: "has no wheel for …" """
    repeated: Optional[bool] = None
    """shown with its requirements elsewhere"""


@dataclass(frozen=True)
class Unhashed:
    """Unhashed is a distribution without a hash in the lock file, with the hash that its source states now."""

    name: str
    version: str
    where: str
    """where to add the hash: "requirements.txt:12" """
    file: str
    """the wheel"""
    hash: str
    """"sha256:<hex>" """
    add: str
    """text to add: "--hash=sha256:<hex>" for a requirement"""


@dataclass(frozen=True)
class User:
    """User is a function version that uses a version of a layer."""

    function: str
    version: str
    """"$LATEST" or a number"""
    layer_version: int
    account: str
    """12 digits"""
    aliases: List[str] = field(default_factory=list)
    """aliases that point to it, sorted"""


@dataclass(frozen=True)
class Users:
    """Users are the function versions that use a layer."""

    newest: List[StoreUser]
    """function versions that use the newest version"""
    older: List[StoreUser]
    """function versions that use an older version"""


@dataclass(frozen=True)
class VersionMetrics:
    """VersionMetrics are CloudWatch's metrics. No data means no calls."""

    calls: int
    """calls, without throttled ones"""
    errors: int
    p90: int
    """the 90th percentile of the duration, averaged over all minutes"""


@dataclass(frozen=True)
class WhyFile:
    """WhyFile is one file of a package."""

    file: str
    chosen: bool
    fits: bool
    """compatible with the target"""
    reason: Optional[str] = None
    """why the file was not selected"""
    size: Optional[int] = None
    """bytes; absent if unknown"""


@dataclass(frozen=True)
class WhyPackage:
    """WhyPackage is a package of a lock file, and why it is in the layer or not."""

    version: str
    where: str
    """"uv.lock:12" """
    selected: bool
    excluded: bool
    """an exclude left it out of the layer"""
    required_by: List[WhyRequirer]
    """active requirements first"""
    files: List[WhyFile]
    """the selected file first"""
    refused: Optional[str] = None
    """why no file can be installed"""


@dataclass(frozen=True)
class WhyRequirer:
    """WhyRequirer is one requirement of a distribution."""

    state: str
    """"holds", "marker-fails", "not-reached", "not-asked" or "other-version" """
    path: List[Step]
    """from the project to the distribution"""


@dataclass(frozen=True)
class FailedLayer:
    """FailedLayer is a layer of which nothing is known but why the command failed."""

    layer: str
    """the layer's name"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """profile, role and region, as far as they are configured"""
    error: Failure


@dataclass(frozen=True)
class ApplyLayer:
    """ApplyLayer is what `lamella apply` reports of a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    layer: str
    arn: str
    """ARN of the version that has the content"""
    version: int
    published: bool
    """false if the version already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    reason: str
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)
    changes: List[Change] = field(default_factory=list)
    upload: Optional[Transfer] = None
    """Upload is how much of the zip was uploaded; nil if nothing was published."""


@dataclass(frozen=True)
class ApplyResult:
    """ApplyResult is the result of `lamella apply`."""

    layers: List[ApplyLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class AttachLayer:
    """AttachLayer is what `lamella attach` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """false if the changes need --yes"""
    version: int
    """version of the layer; 0 for a rollback"""
    arn: str
    functions: List[AttachedFunction]
    """sorted by name"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class AttachResult:
    """AttachResult is the result of `lamella attach`."""

    layers: List[AttachLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class BuildLayer:
    """BuildLayer is what `lamella build` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    size: int
    """bytes of the zip; 0 if none was written"""
    unzipped: int
    """bytes of all files in it"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in it"""
    packages: List[Package]
    """sorted by name"""
    left_out: List[LeftOut]
    """what each exclude left out"""
    also_fits: List[str]
    """other targets on which the same bytes run"""
    path: str
    """of the zip"""
    sha256: str
    """of the zip, hexadecimal"""
    error: Optional[Failure]
    """None if nothing failed"""
    inputs: Optional[str] = None
    """digest of all inputs; absent for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """absent if the layer has none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class BuildResult:
    """BuildResult is the result of `lamella build`."""

    layers: List[BuildLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class CacheCleanResult:
    """CacheCleanResult is the result of `lamella cache clean`."""

    files: int
    """number of files in the cache, or of files removed, checked, or copied"""
    bytes: int
    """their size"""
    exit_status: int
    """of the command"""
    dir: Optional[str] = None
    """the folder, unless only the shared cache was used"""
    shared: Optional[str] = None
    """the shared cache, "s3://bucket/prefix", if it was used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheDirResult:
    """CacheDirResult is the result of `lamella cache dir`."""

    dir: str
    """the folder, which may not exist"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class CachePullResult:
    """CachePullResult is the result of `lamella cache pull`."""

    files: int
    """number of files in the cache, or of files removed, checked, or copied"""
    bytes: int
    """their size"""
    exit_status: int
    """of the command"""
    dir: Optional[str] = None
    """the folder, unless only the shared cache was used"""
    shared: Optional[str] = None
    """the shared cache, "s3://bucket/prefix", if it was used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CachePushResult:
    """CachePushResult is the result of `lamella cache push`."""

    files: int
    """number of files in the cache, or of files removed, checked, or copied"""
    bytes: int
    """their size"""
    exit_status: int
    """of the command"""
    dir: Optional[str] = None
    """the folder, unless only the shared cache was used"""
    shared: Optional[str] = None
    """the shared cache, "s3://bucket/prefix", if it was used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheSizeResult:
    """CacheSizeResult is the result of `lamella cache size`."""

    files: int
    """number of files in the cache, or of files removed, checked, or copied"""
    bytes: int
    """their size"""
    exit_status: int
    """of the command"""
    dir: Optional[str] = None
    """the folder, unless only the shared cache was used"""
    shared: Optional[str] = None
    """the shared cache, "s3://bucket/prefix", if it was used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CacheVerifyLayer:
    """CacheVerifyLayer is what `lamella cache verify` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    project: str
    """the project's folder"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class CacheVerifyResult:
    """CacheVerifyResult is the result of `lamella cache verify`."""

    layers: List[CacheVerifyLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    files: int
    """number of files in the cache, or of files removed, checked, or copied"""
    bytes: int
    """their size"""
    exit_status: int
    """of the command"""
    dir: Optional[str] = None
    """the folder, unless only the shared cache was used"""
    shared: Optional[str] = None
    """the shared cache, "s3://bucket/prefix", if it was used"""
    damaged: List[str] = field(default_factory=list)
    """damaged files that were removed"""


@dataclass(frozen=True)
class CheckLayer:
    """CheckLayer is what `lamella check` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    target: str
    distributions: int
    """number of distributions in the layer"""
    binaries: int
    """ELF files in the layer"""
    findings: List[Finding]
    """the worst first"""
    interpreter: Optional[Interpreter]
    """Interpreter is the interpreter that imported the modules, or nil if none did; ImportsSkipped then gives the reason."""
    error: Optional[Failure]
    """None if nothing failed"""
    imports: List[ImportResult] = field(default_factory=list)
    """sorted by module"""
    imports_skipped: Optional[str] = None


@dataclass(frozen=True)
class CheckResult:
    """CheckResult is the result of `lamella check`."""

    layers: List[CheckLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class DeployLayer:
    """DeployLayer is what `lamella deploy` reports of a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    layer: str
    arn: str
    """ARN of the version that has the content"""
    version: int
    published: bool
    """false if the version already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    reason: str
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)
    changes: List[Change] = field(default_factory=list)
    upload: Optional[Transfer] = None
    """Upload is how much of the zip was uploaded; nil if nothing was published."""


@dataclass(frozen=True)
class DeployResult:
    """DeployResult is the result of `lamella deploy`."""

    layers: List[DeployLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class DiffLayer:
    """DiffLayer is what `lamella diff` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    old: Side
    new: Side
    changes: List[Change]
    """sorted by name"""
    same: bool
    """Same reports whether both sides are the same layer, judged by their zips or, if one is not built, by their inputs and targets."""
    error: Optional[Failure]
    """None if nothing failed"""
    options: Optional[str] = None
    """options added (+) and removed (-)"""
    files: List[str] = field(default_factory=list)
    """Files are the files added (+), removed (-) and changed (~), sorted by name, if both versions were published from a zip or a folder."""


@dataclass(frozen=True)
class DiffResult:
    """DiffResult is the result of `lamella diff`."""

    layers: List[DiffLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class DoctorLayer:
    """DoctorLayer is what `lamella doctor` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    problems: List[Failure]
    """everything that would make a deploy fail; each problem also appears at the item that it concerns"""
    runtime: DoctorRuntime
    lock: DoctorLock
    size: DoctorSize
    cache: DoctorCache
    indexes: List[DoctorIndex]
    aws: DoctorAWS
    destination: DoctorDestination
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
    """DoctorResult is the result of `lamella doctor`."""

    layers: List[DoctorLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class HistoryLayer:
    """HistoryLayer is what `lamella history` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    versions: List[HistoryItem]
    """newest first"""
    users: Optional[List[User]]
    """functions that use a version; None if unknown"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class HistoryResult:
    """HistoryResult is the result of `lamella history`."""

    layers: List[HistoryLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class ImportsLayer:
    """ImportsLayer is what `lamella imports` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    target: str
    interpreter: Interpreter
    modules: List[str]
    """modules to import, in order"""
    runs: int
    """number of runs; times are those of the run with the median total"""
    start: float
    """seconds to start the interpreter and import the runtime's own modules"""
    seconds: float
    """seconds for the imports; INIT is the sum of start and seconds"""
    memory: int
    """memory growth of the process in bytes; 0 if unknown"""
    loaded: int
    """number of modules loaded"""
    compiled: int
    tree: List[Module]
    """in the order of import"""
    distributions: List[Cost]
    """the most expensive first"""
    lazy: List[Saving]
    """savings from importing each of Modules later, if any"""
    exclude: List[Saving]
    """distributions that the imports do not need"""
    elsewhere: int
    """number of modules imported by other threads, which are not in Tree"""
    connections_refused: List[str]
    """refused connections: "host:port" """
    error: Optional[Failure]
    """None if nothing failed"""
    output: List[str] = field(default_factory=list)
    """the first lines of output"""
    threads: List[str] = field(default_factory=list)
    """threads that still run afterwards"""


@dataclass(frozen=True)
class ImportsResult:
    """ImportsResult is the result of `lamella imports`."""

    layers: List[ImportsLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class InitResult:
    """InitResult is the result of `lamella init`."""

    path: str
    """the written file"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class LsLayer:
    """LsLayer is what `lamella ls` reports of a layer."""

    place: str
    """configured profile, role, and region"""
    layer: str
    versions: int
    """number of versions"""
    state: Literal["current", "behind", "never published", "foreign", "unknown"]
    users: Optional[Users]
    """None if unknown"""
    held: Optional[Hold]
    """Held is the hold that prevents deploy from publishing the layer, or nil. It is not read for a Current layer."""
    error: Optional[Failure]
    """None if nothing failed"""
    version: Optional[int] = None
    """newest version; 0 if there is none"""
    arn: Optional[str] = None
    created: Optional[datetime.datetime] = None
    target: Optional[str] = None
    size: Optional[int] = None
    """bytes of the zip"""
    unzipped: Optional[int] = None
    """bytes"""
    parameter: Optional[str] = None
    """name of the SSM parameter, if configured"""
    parameter_current: Optional[bool] = None
    """ParameterCurrent reports whether the parameter names the newest version."""
    notes: List[str] = field(default_factory=list)
    """why something is unknown, whole sentences"""


@dataclass(frozen=True)
class LsResult:
    """LsResult is the result of `lamella ls`."""

    layers: List[LsLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class PackageLayer:
    """PackageLayer is what `lamella package` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    size: int
    """bytes of the zip; 0 if none was written"""
    unzipped: int
    """bytes of all files in it"""
    limit: int
    """Lambda's limit for the unzipped size, in bytes"""
    entries: int
    """number of files in it"""
    packages: List[Package]
    """sorted by name"""
    left_out: List[LeftOut]
    """what each exclude left out"""
    also_fits: List[str]
    """other targets on which the same bytes run"""
    path: str
    """of the zip"""
    sha256: str
    """of the zip, hexadecimal"""
    error: Optional[Failure]
    """None if nothing failed"""
    inputs: Optional[str] = None
    """digest of all inputs; absent for `lamella package`"""
    bytecode: Optional[Bytecode] = None
    """absent if the layer has none"""
    advice: List[Advice] = field(default_factory=list)
    """ways to make the layer smaller"""


@dataclass(frozen=True)
class PackageResult:
    """PackageResult is the result of `lamella package`."""

    layers: List[PackageLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class PlanLayer:
    """PlanLayer is what `lamella plan` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    destination: str
    """the destination, with placeholders replaced"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    """what deploy would do"""
    publishes: bool
    """a new version would be published"""
    reason: str
    """why"""
    notes: List[str]
    """additional information"""
    share: List[str]
    """Share lists the principals that the new version, or the latest if none is published, would be shared with."""
    parameter: str
    """SSM parameter that would be written; "" if none"""
    latest: Optional[LatestVersion]
    """None if the layer has no version"""
    changes: List[Change]
    """since the latest version, sorted by name"""
    content: Optional[Contents]
    """None if no build was needed to decide"""
    upload: Optional[Transfer]
    """None if nothing would be uploaded to S3"""
    unhashed: List[Unhashed]
    """distributions without a hash in the lock file"""
    gaps: List[Gap]
    """distributions that cannot be installed"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class PlanResult:
    """PlanResult is the result of `lamella plan`."""

    layers: List[PlanLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class PolicyResult:
    """PolicyResult is the result of `lamella policy`."""

    policies: List[Policy]
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class PruneLayer:
    """PruneLayer is what `lamella prune` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """false if the deletion needs --yes"""
    delete: List[Pruned]
    """newest first"""
    keep: List[Kept]
    """newest first"""
    objects: List[Garbage]
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class PruneResult:
    """PruneResult is the result of `lamella prune`."""

    layers: List[PruneLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class PublishLayer:
    """PublishLayer is what `lamella publish` reports of a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    layer: str
    arn: str
    """ARN of the version that has the content"""
    version: int
    published: bool
    """false if the version already existed"""
    outcome: Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]
    reason: str
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)
    changes: List[Change] = field(default_factory=list)
    upload: Optional[Transfer] = None
    """Upload is how much of the zip was uploaded; nil if nothing was published."""


@dataclass(frozen=True)
class PublishResult:
    """PublishResult is the result of `lamella publish`."""

    layers: List[PublishLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class ReleaseLayer:
    """ReleaseLayer is what `lamella release` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    held: Optional[Hold]
    """the removed hold; None if the layer was not held"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ReleaseResult:
    """ReleaseResult is the result of `lamella release`."""

    layers: List[ReleaseLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class ResolveLayer:
    """ResolveLayer is what `lamella resolve` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    distributions: List[Distribution]
    """sorted by name"""
    excluded: List[str]
    """left out by excludes, "name version" """
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ResolveResult:
    """ResolveResult is the result of `lamella resolve`."""

    layers: List[ResolveLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class RollbackLayer:
    """RollbackLayer is what `lamella rollback` reports of a layer."""

    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    version: int
    """version to restore"""
    error: Optional[Failure]
    """None if nothing failed"""
    layer: Optional[str] = None
    arn: Optional[str] = None
    """ARN of the version that has the content"""
    published: Optional[bool] = None
    """false if the version already existed"""
    outcome: Optional[Literal["first", "changed", "forced", "unchanged", "lock-changed", "rolled-back", "repaired", "blocked"]] = None
    reason: Optional[str] = None
    notes: List[str] = field(default_factory=list)
    changes: List[Change] = field(default_factory=list)
    upload: Optional[Transfer] = None
    """Upload is how much of the zip was uploaded; nil if nothing was published."""
    done: Optional[bool] = None
    """false if the rollback needs --yes"""
    latest: Optional[int] = None
    same: Optional[bool] = None
    """the latest version already has this content, so nothing is published"""


@dataclass(frozen=True)
class RollbackResult:
    """RollbackResult is the result of `lamella rollback`."""

    layers: List[RollbackLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class ShareLayer:
    """ShareLayer is what `lamella share` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    done: bool
    """false if the changes need --sync"""
    versions: List[ShareVersion]
    """newest first"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class ShareResult:
    """ShareResult is the result of `lamella share`."""

    layers: List[ShareLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class ShowLayer:
    """ShowLayer is what `lamella show` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    place: str
    """configured profile, role, and region"""
    version: int
    arn: str
    latest: bool
    created: datetime.datetime
    runtimes: List[str]
    """declared compatible"""
    architectures: List[str]
    """declared compatible"""
    sha256: str
    """of the zip, hexadecimal"""
    size: int
    """bytes of the zip"""
    share: List[Grant]
    """principals that may use it"""
    users: Optional[List[User]]
    """functions that use it; None if unknown"""
    error: Optional[Failure]
    """None if nothing failed"""
    description: Optional[str] = None
    license: Optional[str] = None
    target: Optional[str] = None
    options: Optional[Dict[str, List[str]]] = None
    manifest: Optional[str] = None
    manifest_uri: Optional[str] = None
    tool: Optional[str] = None
    """tool that wrote the record; "" if not lamella"""
    bytecode_python: Optional[str] = None
    """BytecodePython is the exact version of the CPython that compiled the bytecode, or "" if there is none."""
    again: Optional[int] = None
    """for a rollback, the version that was restored"""
    unzipped: Optional[int] = None
    entries: Optional[int] = None
    zip_uri: Optional[str] = None
    """URI of the stored zip; "" if not stored"""
    packages: List[Package] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
    """why something is unknown, whole sentences"""


@dataclass(frozen=True)
class ShowResult:
    """ShowResult is the result of `lamella show`."""

    layers: List[ShowLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class StatusLayer:
    """StatusLayer is what `lamella status` reports of a layer."""

    place: str
    """configured profile, role, and region"""
    layer: str
    versions: int
    """number of versions"""
    state: Literal["current", "behind", "never published", "foreign", "unknown"]
    users: Optional[Users]
    """None if unknown"""
    held: Optional[Hold]
    """Held is the hold that prevents deploy from publishing the layer, or nil. It is not read for a Current layer."""
    error: Optional[Failure]
    """None if nothing failed"""
    version: Optional[int] = None
    """newest version; 0 if there is none"""
    arn: Optional[str] = None
    created: Optional[datetime.datetime] = None
    target: Optional[str] = None
    size: Optional[int] = None
    """bytes of the zip"""
    unzipped: Optional[int] = None
    """bytes"""
    parameter: Optional[str] = None
    """name of the SSM parameter, if configured"""
    parameter_current: Optional[bool] = None
    """ParameterCurrent reports whether the parameter names the newest version."""
    notes: List[str] = field(default_factory=list)
    """why something is unknown, whole sentences"""


@dataclass(frozen=True)
class StatusResult:
    """StatusResult is the result of `lamella status`."""

    layers: List[StatusLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class TreeLayer:
    """TreeLayer is what `lamella tree` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    lock: str
    """the lock file"""
    roots: List[TreeNode]
    """the projects, or the packages that nothing else requires"""
    distributions: int
    """number of distributions in the layer"""
    wheel: int
    """size of the file, from the lock file, the index, or the cache"""
    unzipped: int
    """size in a layer without path excludes; known only for cached wheels"""
    unmeasured: int
    """distributions whose unzipped size is unknown"""
    unknown: int
    """Unknown is the number of distributions whose requirements are neither in the lock file nor in a cached wheel."""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class TreeResult:
    """TreeResult is the result of `lamella tree`."""

    layers: List[TreeLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class UploadLayer:
    """UploadLayer is what `lamella upload` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    uri: str
    """s3://bucket/key, or a path"""
    sha256: str
    """hexadecimal"""
    size: int
    """bytes"""
    sent: bool
    """false if it already existed"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class UploadResult:
    """UploadResult is the result of `lamella upload`."""

    layers: List[UploadLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class UsersLayer:
    """UsersLayer is what `lamella users` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    latest: int
    """the newest version of the layer; 0 if it has none"""
    users: List[User]
    """users of the newest version first"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class UsersResult:
    """UsersResult is the result of `lamella users`."""

    layers: List[UsersLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class VendorResult:
    """VendorResult is the result of `lamella vendor`."""

    dir: str
    files: List[str]
    """the names of all files that the layers need"""
    added: int
    """number of files that were added"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class VerifyLayer:
    """VerifyLayer is what `lamella verify` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    version: int
    arn: str
    sha256: str
    """of the zip, hexadecimal"""
    size: int
    """bytes of the zip"""
    from_: str
    """what the zip was rebuilt from: "uv.lock" """
    downloaded: bool
    error: Optional[Failure]
    """None if nothing failed"""
    notes: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class VerifyResult:
    """VerifyResult is the result of `lamella verify`."""

    layers: List[VerifyLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""


@dataclass(frozen=True)
class VersionResult:
    """VersionResult is the result of `lamella version`."""

    version: str
    """"v1.2.3", "devel" """
    go: str
    """Go version that the program was built with"""
    platform: str
    """"linux/amd64" """
    exit_status: int
    """of the command"""
    revision: Optional[str] = None
    """commit that the program was built from"""
    modified: Optional[bool] = None
    """the source had local changes"""


@dataclass(frozen=True)
class WhyLayer:
    """WhyLayer is what `lamella why` reports of a layer."""

    layer: str
    """the layer's name; "" for `lamella package`"""
    target: str
    """runtime and architecture, such as "python3.13/x86_64"; "" if none is chosen"""
    place: str
    """configured profile, role, and region"""
    name: str
    """normalized"""
    packages: List[WhyPackage]
    """the packages of that name in the lock file; usually one"""
    error: Optional[Failure]
    """None if nothing failed"""


@dataclass(frozen=True)
class WhyResult:
    """WhyResult is the result of `lamella why`."""

    layers: List[WhyLayer]
    """in the order of the configuration"""
    failed: List[FailedLayer]
    """layers of which nothing else is known"""
    exit_status: int
    """of the command"""
