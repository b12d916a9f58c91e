package cli

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestComplete: each hint has a command that works as pasted, with what was typed.
func TestComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join("services", "web"), 0o777); err != nil {
		t.Fatal(err)
	}
	a := &app{}
	a.commands = sync.OnceValue(a.rootCommand)
	for _, test := range []struct {
		typed         []string
		hint, message string
		want          string
	}{
		// The same command.
		{[]string{"build", "--lock", "uv.lock"}, "lamella build --runtime python3.13", "", "lamella build --lock uv.lock --runtime python3.13"},
		{[]string{"deploy", "services/web", "--to", "out"}, "lamella deploy --runtime python3.13", "", "lamella deploy services/web --to out --runtime python3.13"},
		{[]string{"build", "nowhere", "--offline"}, "lamella build path/to/project", "", "lamella build path/to/project --offline"},
		{[]string{"why", "gama", "services/web", "--arch", "arm64"}, "lamella why gamma", "", "lamella why gamma services/web --arch arm64"},
		{[]string{"attach", "tray-*", "--alias=live"}, "nothing was changed; to change the functions, run: lamella attach --yes", "",
			"nothing was changed; to change the functions, run: lamella attach 'tray-*' --alias=live --yes"},
		{[]string{"rollback", "previous", "--reason", "1.4.2 breaks"}, "lamella rollback --hold", "", "lamella rollback previous --reason '1.4.2 breaks' --hold"},
		// A command to be named.
		{[]string{"tree", "--arch", "arm64"}, "pass the project's folder: lamella COMMAND path/to/project", "", "pass the project's folder: lamella tree path/to/project --arch arm64"},
		// Flags alone, and what follows them.
		{[]string{"build", "--runtime=python3.9", "-o", "my layer.zip"}, "choose a covered runtime: --runtime python3.14   # or python3.13", "",
			"choose a covered runtime: lamella build -o 'my layer.zip' --runtime python3.14   # or python3.13"},
		{[]string{"plan", "-ix", "-v"}, "--to s3://BUCKET/PREFIX/{layer}, or to = \"s3://…\" in [tool.lamella]", "",
			"lamella plan -v --to s3://BUCKET/PREFIX/{layer}, or to = \"s3://…\" in [tool.lamella]"},
		{[]string{"apply", "plan.json"}, "choose the lock file: --lock FILE", "", "choose the lock file: --lock FILE"}, // it has no such flag
		{[]string{"build"}, "pin it: uv pip compile a.in --only-binary :all: --python-version 3.11", "", "pin it: uv pip compile a.in --only-binary :all: --python-version 3.11"},
		// Repeated flags, and a value of one that is wrong.
		{[]string{"build", "--exclude", "a", "--exclude", "b"}, "or exclude it: --exclude c", "", "or exclude it: lamella build --exclude a --exclude b --exclude c"},
		{[]string{"deploy", "--share", "1234", "--share", "o-a1b2c3d4e5"}, "--share 123456789012", `invalid --share: "1234"`, "lamella deploy --share o-a1b2c3d4e5 --share 123456789012"},
		{[]string{"deploy", "--share", "o-a1b2c3d4e5,1234"}, "--share 123456789012", `invalid --share: "1234"`, "lamella deploy --share o-a1b2c3d4e5 --share 123456789012"},
		{[]string{"deploy", "--share=1234"}, "--share 123456789012", `invalid --share: "1234"`, "lamella deploy --share 123456789012"},
		{[]string{"build", "--exclude", `"a,b/**",c,d`}, "--exclude e", `"c" is not there`, `lamella build --exclude '"a,b/**",d' --exclude e`},
		{[]string{"deploy", "--outputs=a.json", "--outputs", "b.env"}, "choose another file: --outputs layers.json", "a.json exists and is not an outputs file written by lamella",
			"choose another file: lamella deploy --outputs b.env --outputs layers.json"},
		{[]string{"deploy", "--outputs=a.json,my out.env"}, "choose another file: --outputs layers.json", "cannot write a.json: permission denied",
			"choose another file: lamella deploy --outputs='my out.env' --outputs layers.json"},
		{[]string{"deploy", "--outputs", "a.json"}, "choose another file: --outputs layers.json", "b/a.json exists and is not an outputs file written by lamella",
			"choose another file: lamella deploy --outputs a.json --outputs layers.json"},
		{[]string{"build", "--find-links", "x.whl", "--find-links", "y"}, "choose a folder: --find-links ./wheels", "cannot read the find-links folder /home/x.whl: not a directory",
			"choose a folder: lamella build --find-links y --find-links ./wheels"},
		{[]string{"build", "--find-links", "file:///srv/w/,y"}, "choose a folder: --find-links ./wheels", "cannot read the find-links folder /srv/w: permission denied",
			"choose a folder: lamella build --find-links y --find-links ./wheels"},
		{[]string{"publish", "--zip", "my layer.zip", "--to", "out"}, "or publish the zip that lamella build made: lamella publish", "my layer.zip does not exist",
			"or publish the zip that lamella build made: lamella publish --to out"},
		{[]string{"publish", "--zip=x.zip", "--to", "out"}, "choose that architecture: --arch arm64", "x.zip has machine code for arm64",
			"choose that architecture: lamella publish --zip=x.zip --to out --arch arm64"},
		// Flags that cannot be combined.
		{[]string{"build", "--builder", "pip", "--container", "--arch", "arm64"}, "--builder native", "", "lamella build --arch arm64 --builder native"},
		{[]string{"resolve", "--json", "-o", "x.txt"}, "lamella resolve --format requirements", "", "lamella resolve -o x.txt --format requirements"},
		{[]string{"build", "--unpacked", "tree", "--output", "x.zip"}, "lamella build --unpacked tree", "", "lamella build --unpacked tree"},
		// Another command gets what says which layer it is about.
		{[]string{"upload", "services/web", "--to", "out", "--json"}, "lamella build", "", "lamella build services/web --to out"},
		{[]string{"rollback", "7", "services/web", "--layer", "web", "--yes"}, "lamella history", "", "lamella history services/web --layer web"},
		{[]string{"show", "7", "--force"}, "list the versions: lamella history", "", "list the versions: lamella history"},
		{[]string{"verify", "--region", "eu-central-1"}, "lamella cache verify   # removes damaged wheels", "", "lamella cache verify   # removes damaged wheels"},
		{[]string{"publish", "services/web", "--to", "out", "-q"}, "build and upload it again: lamella build && lamella upload", "",
			"build and upload it again: lamella build services/web --to out && lamella upload services/web --to out"},
		{[]string{"publish", "services/web", "--to", "out"}, "replace the object: aws s3 rm s3://b/x.zip && lamella upload", "",
			"replace the object: aws s3 rm s3://b/x.zip && lamella upload services/web --to out"},
		{[]string{"schema", "nope"}, "list all results: lamella schema", `no result is named "nope"`, "list all results: lamella schema"},
		// Commands and flags that were misspelled.
		{[]string{"deplyo", "services/web", "--to", "out"}, "lamella deploy", "", "lamella deploy services/web --to out"},
		{[]string{"cache", "cleen", "-q"}, "lamella cache clean", "", "lamella cache clean -q"},
		{[]string{"build", "--runtim", "python3.13", "--arch", "arm64"}, "lamella build --runtime python3.13", "", "lamella build --arch arm64 --runtime python3.13"},
		{[]string{"build", "a", "b"}, "lamella build --help", "", "lamella build --help"},
		{[]string{"completion", "tcsh"}, "lamella completion bash|zsh", "", "lamella completion bash|zsh"},
		// Secrets are not repeated.
		{[]string{"deploy", "--mfa-code", "123456", "--index-url", "https://me:secret@index.example/simple"}, "--runtime python3.13", "",
			"lamella deploy --index-url https://index.example/simple --runtime python3.13"},
		{[]string{"deploy", "--index-url=https://index.example/simple?token=secret"}, "--runtime python3.13", "",
			"lamella deploy --index-url=https://index.example/simple --runtime python3.13"},
		// No command of lamella.
		{[]string{"build"}, "check the network and the proxy (HTTPS_PROXY)", "", "check the network and the proxy (HTTPS_PROXY)"},
		{[]string{"build"}, "lamella frobnicate", "", "lamella frobnicate"},
	} {
		a.args = test.typed
		if got := a.complete(test.hint, test.message); got != test.want {
			t.Errorf("lamella %q: %s\n got %s\nwant %s", test.typed, test.hint, got, test.want)
		}
	}
}
