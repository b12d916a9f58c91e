package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Group says what a key is about. The commands take flags by group, and help
// texts print them under its name.
type Group string

const (
	Content     Group = "What goes into the layer"
	Destination Group = "Where the layer goes"
	Version     Group = "How a version is published"
)

// Key is one setting. Its Name is the flag's name ("--index-url"), the key in
// the configuration file ("index-url") and, in another spelling, the
// environment variable ("LAMELLA_INDEX_URL").
type Key struct {
	Name      string
	Shorthand string // one-letter flag, "" if none
	Group     Group
	Value     string // what the value is, for help texts: "DIR", "NAME"; "" for a switch
	Bare      string // value of a flag that is given without one; "": it needs one
	Path      bool   // values are paths (or URLs, which are left as they are)
	Doc       string // one line, without a full stop
	Example   string // as TOML
	Other     string // the key that says the same for one, or for several; "" if there is none

	text   func(*Settings) *string
	list   func(*Settings) *[]string
	toggle func(*Settings) **bool
}

// IsList reports a key that takes several values.
func (k Key) IsList() bool { return k.list != nil }

// IsSwitch reports a key that is on or off.
func (k Key) IsSwitch() bool { return k.toggle != nil }

// Text returns where s keeps the value of a key that takes one value.
func (k Key) Text(s *Settings) *string { return k.text(s) }

// List returns where s keeps the values of a key that takes several.
func (k Key) List(s *Settings) *[]string { return k.list(s) }

// Switch returns where s keeps the value of a key that is on or off; nil there
// means that nobody said.
func (k Key) Switch(s *Settings) **bool { return k.toggle(s) }

// SetSwitch sets a key that is on or off by a word: true or false, or what else
// [strconv.ParseBool] knows.
func (k Key) SetSwitch(s *Settings, word string) error {
	on, err := strconv.ParseBool(word)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", word)
	}
	*k.toggle(s) = &on
	return nil
}

// Flag returns the command-line flag of the key.
func (k Key) Flag() string { return "--" + k.Name }

// Env returns the environment variable of the key.
func (k Key) Env() string {
	return "LAMELLA_" + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_"))
}

// isSet reports whether s gives a value. An empty list that was written down
// counts: it takes back what a weaker source says.
func (k Key) isSet(s *Settings) bool {
	switch {
	case k.IsList():
		return *k.list(s) != nil
	case k.IsSwitch():
		return *k.toggle(s) != nil
	}
	return *k.text(s) != ""
}

// copy sets the key in dst to its value in src.
func (k Key) copy(dst, src *Settings) {
	switch {
	case k.IsList():
		*k.list(dst) = *k.list(src)
	case k.IsSwitch():
		*k.toggle(dst) = *k.toggle(src)
	default:
		*k.text(dst) = *k.text(src)
	}
}

// Keys returns every key in the order of help texts and documentation.
func Keys() []Key { //nolint:funlen // a table
	return []Key{
		{Name: "lock", Group: Content, Value: "FILE", Path: true,
			Doc:     "lock file to build from; default: the only one in the project's folder",
			Example: `"requirements-lambda.txt"`,
			text:    func(s *Settings) *string { return &s.Lock }},
		{Name: "runtime", Group: Content, Value: "NAME",
			Doc:     "Lambda runtime to build for, python3.9 to python3.15; required",
			Example: `"python3.13"`,
			Other:   "runtimes",
			text:    func(s *Settings) *string { return &s.Runtime }},
		{Name: "runtimes", Group: Content, Value: "NAME",
			Doc:     "several Lambda runtimes, with a layer for each",
			Example: `["python3.12", "python3.13"]`,
			Other:   "runtime",
			list:    func(s *Settings) *[]string { return &s.Runtimes }},
		{Name: "arch", Group: Content, Value: "NAME",
			Doc:     "architecture to build for, x86_64 or arm64; default: x86_64",
			Example: `"arm64"`,
			Other:   "archs",
			text:    func(s *Settings) *string { return &s.Arch }},
		{Name: "archs", Group: Content, Value: "NAME",
			Doc:     "several architectures, with a layer for each",
			Example: `["x86_64", "arm64"]`,
			Other:   "arch",
			list:    func(s *Settings) *[]string { return &s.Archs }},
		{Name: "extra", Group: Content, Value: "NAME",
			Doc:     "add an extra of the project",
			Example: `["parquet"]`,
			list:    func(s *Settings) *[]string { return &s.Extra }},
		{Name: "all-extras", Group: Content,
			Doc:     "add all extras of the project",
			Example: "true",
			toggle:  func(s *Settings) **bool { return &s.AllExtras }},
		{Name: "group", Group: Content, Value: "NAME",
			Doc:     "add a dependency group of the project",
			Example: `["lambda"]`,
			list:    func(s *Settings) *[]string { return &s.Group }},
		{Name: "no-default-groups", Group: Content,
			Doc:     "leave out the groups that the lock file takes as given",
			Example: "true",
			toggle:  func(s *Settings) **bool { return &s.NoDefaultGroups }},
		{Name: "only-group", Group: Content, Value: "NAME",
			Doc:     "take a dependency group alone, without what the project itself depends on",
			Example: `["lambda"]`,
			list:    func(s *Settings) *[]string { return &s.OnlyGroup }},
		{Name: "package", Group: Content, Value: "NAME",
			Doc:     "member of the workspace to build for; default: the project in the lock file's folder, else all members",
			Example: `"api"`,
			text:    func(s *Settings) *string { return &s.Package }},
		{Name: "exclude", Group: Content, Value: "DIST|PATTERN",
			Doc:     "leave out a distribution, or the files below python/ that a pattern matches",
			Example: `["boto3", "**/tests/**", "pyarrow/include/**"]`,
			list:    func(s *Settings) *[]string { return &s.Exclude }},
		{Name: "prefer", Group: Content, Value: "DIST[:PATTERN]",
			Doc:     "take this distribution's copy of files that differ from another's, of all or of those that a pattern matches",
			Example: `["opencv-python-headless:cv2/**"]`,
			list:    func(s *Settings) *[]string { return &s.Prefer }},
		{Name: "scripts", Group: Content,
			Doc:     "add the commands of the distributions, as pip makes them, in the layer's bin/, which Lambda has on PATH",
			Example: "true",
			toggle:  func(s *Settings) **bool { return &s.Scripts }},
		{Name: "locked", Group: Content,
			Doc:     "refuse a lock file that no longer fits its pyproject.toml, instead of a warning",
			Example: "true",
			toggle:  func(s *Settings) **bool { return &s.Locked }},
		{Name: "allow-unhashed", Group: Content,
			Doc:     "accept a pinned requirement for which the lock file states no hash, and print the hash to add",
			Example: "true",
			toggle:  func(s *Settings) **bool { return &s.AllowUnhashed }},
		{Name: "allow-build", Group: Content, Value: "DIST",
			Doc:     "build a distribution that has no wheel that fits from its source, which runs its code; :all: for every one",
			Example: `["my-library"]`,
			list:    func(s *Settings) *[]string { return &s.AllowBuild }},
		{Name: "index-url", Group: Content, Value: "URL",
			Doc:     "package index to fetch wheels from; default: as the lock, uv and pip are set up",
			Example: `"https://index.example/simple"`,
			text:    func(s *Settings) *string { return &s.IndexURL }},
		{Name: "find-links", Group: Content, Value: "DIR|URL", Path: true,
			Doc:     "folder or page of wheels to look in as well",
			Example: `["wheels"]`,
			list:    func(s *Settings) *[]string { return &s.FindLinks }},
		{Name: "builder", Group: Content, Value: "NAME",
			Doc:     "what builds the layer: native (lamella itself), or the tool that installs the lock file: pip, poetry, uv; default: native",
			Example: `"uv"`,
			text:    func(s *Settings) *string { return &s.Builder }},
		{Name: "builder-path", Group: Content, Value: "FILE", Path: true,
			Doc:     "program of the builder; default: found on PATH",
			Example: `".venv/bin/pip"`,
			text:    func(s *Settings) *string { return &s.BuilderPath }},
		{Name: "container", Group: Content, Value: "ENGINE", Bare: "auto",
			Doc:     "run the builder in the target's image, by docker, podman, finch or nerdctl; auto: the first that is there",
			Example: `"podman"`,
			text:    func(s *Settings) *string { return &s.Container }},
		{Name: "image", Group: Content, Value: "IMAGE",
			Doc:     "image of the container; default: AWS's build image of the runtime",
			Example: `"registry.example/build-python3.13"`,
			text:    func(s *Settings) *string { return &s.Image }},
		{Name: "build-timeout", Group: Content, Value: "TIME",
			Doc:     "how long the builder may take, as in 90s, 10m, 1h; default: as long as it likes",
			Example: `"30m"`,
			text:    func(s *Settings) *string { return &s.BuildTimeout }},
		{Name: "output", Shorthand: "o", Group: Content, Value: "FILE", Path: true,
			Doc:     "the layer's zip file; default: build/lambda/NAME-RUNTIME-ARCH.zip in the project",
			Example: `"dist/layer.zip"`,
			text:    func(s *Settings) *string { return &s.Output }},

		{Name: "name", Group: Destination, Value: "NAME",
			Doc:     "layer's name; default: the project's, else its folder's; {name} in it stands for that, {runtime} and {arch} for the target",
			Example: `"{name}-{runtime}-{arch}"`,
			text:    func(s *Settings) *string { return &s.Name }},
		{Name: "home", Group: Destination, Value: "URL",
			Doc:     "layer's directory on S3; {layer} in it stands for the layer's name, {region} for the region",
			Example: `"s3://my-bucket/lambda/{layer}"`,
			text:    func(s *Settings) *string { return &s.Home }},
		{Name: "region", Group: Destination, Value: "NAME",
			Doc:     "AWS region to publish in; default: as AWS is set up",
			Example: `"eu-central-1"`,
			Other:   "regions",
			text:    func(s *Settings) *string { return &s.Region }},
		{Name: "regions", Group: Destination, Value: "NAME",
			Doc:     "several AWS regions to publish in, each with a bucket of its own: {region} in home",
			Example: `["eu-central-1", "us-east-1"]`,
			Other:   "region",
			list:    func(s *Settings) *[]string { return &s.Regions }},
		{Name: "profile", Group: Destination, Value: "NAME",
			Doc:     "profile of the AWS configuration files; default: as AWS is set up",
			Example: `"production"`,
			text:    func(s *Settings) *string { return &s.Profile }},
		{Name: "role-arn", Group: Destination, Value: "ARN",
			Doc:     "role to assume for publishing",
			Example: `"arn:aws:iam::123456789012:role/layers"`,
			text:    func(s *Settings) *string { return &s.RoleARN }},
		{Name: "to", Group: Destination, Value: "DIR", Path: true,
			Doc:     "publish into this folder instead of AWS",
			Example: `"out"`,
			text:    func(s *Settings) *string { return &s.To }},
		{Name: "kms-key", Group: Destination, Value: "KEY",
			Doc:     "encrypt what is stored on S3 by this KMS key (id, ARN or alias); default: as the bucket does",
			Example: `"alias/layers"`,
			text:    func(s *Settings) *string { return &s.KMSKey }},
		{Name: "sse", Group: Destination, Value: "METHOD",
			Doc:     "encryption to ask S3 for: AES256 or aws:kms (by --kms-key, else the account's own key); default: as the bucket does",
			Example: `"aws:kms"`,
			text:    func(s *Settings) *string { return &s.SSE }},
		{Name: "acl", Group: Destination, Value: "ACL",
			Doc:     "access to give on what is stored on S3: bucket-owner-full-control, for a bucket of another account",
			Example: `"bucket-owner-full-control"`,
			text:    func(s *Settings) *string { return &s.ACL }},
		{Name: "ssm-parameter", Group: Destination, Value: "NAME",
			Doc:     "parameter of Systems Manager that gets the ARN of the newest version; {name} in it stands for the layer's name",
			Example: `"/layers/{name}"`,
			text:    func(s *Settings) *string { return &s.SSMParameter }},
		{Name: "outputs", Group: Version, Value: "FILE", Path: true,
			Doc:     "file to write the ARNs into: .json, .env or .tfvars",
			Example: `["layers.json", "layers.env", "layers.tfvars"]`,
			list:    func(s *Settings) *[]string { return &s.Outputs }},

		{Name: "description", Group: Version, Value: "TEXT",
			Doc:     "description of the layer version, at most 256 characters",
			Example: `"dependencies of the web service"`,
			text:    func(s *Settings) *string { return &s.Description }},
		{Name: "license", Group: Version, Value: "TEXT",
			Doc:     "licence of the layer version, at most 512 characters",
			Example: `"MIT"`,
			text:    func(s *Settings) *string { return &s.License }},
		{Name: "compatible-runtime", Group: Version, Value: "NAME",
			Doc:     "runtime that the version is marked compatible with; default: the one built for",
			Example: `["python3.12", "python3.13"]`,
			list:    func(s *Settings) *[]string { return &s.CompatibleRuntimes }},
		{Name: "compatible-architecture", Group: Version, Value: "NAME",
			Doc:     "architecture that the version is marked compatible with; default: the one built for",
			Example: `["x86_64", "arm64"]`,
			list:    func(s *Settings) *[]string { return &s.CompatibleArchitectures }},
		{Name: "share", Group: Version, Value: "PRINCIPAL",
			Doc:     "share each new version with an account, an organization (o-…) or everyone (*)",
			Example: `["123456789012", "o-a1b2c3d4e5"]`,
			list:    func(s *Settings) *[]string { return &s.Share }},
		{Name: "storage", Group: Version, Value: "MODE",
			Doc:     "what Lambda keeps of a version: a copy, or a reference to the zip on S3; default: copy",
			Example: `"reference"`,
			text:    func(s *Settings) *string { return &s.Storage }},
		{Name: "detect", Group: Version, Value: "MODE",
			Doc:     "what counts as a change: content (of the layer) or manifest (any byte of the lock file); default: content",
			Example: `"manifest"`,
			text:    func(s *Settings) *string { return &s.Detect }},
	}
}

// Lookup returns the key called name.
func Lookup(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// names returns the names of all keys.
func names() []string {
	var ns []string
	for _, k := range Keys() {
		ns = append(ns, k.Name)
	}
	return ns
}
