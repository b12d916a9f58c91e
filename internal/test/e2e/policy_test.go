package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/policy"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

const (
	policyAccount = "123456789012"
	policyRegion  = "us-east-1"
	policyBucket  = "layers-" + policyRegion
	foreignLayer  = "arn:aws:lambda:us-east-1:464622532012:layer:Datadog-Python313:110"
)

// policyWorld is a project on the fake whose requests are recorded.
type policyWorld struct {
	*testing.T
	dir, prefix string
	env         []string
	fake        *fakeaws.Fleet
	server      *fakeaws.Server
	recorder    *rightsRecorder

	printed map[string]string // what lamella policy prints, by commands
	groups  map[string]*group // commands with the same policy, by its text
}

// group is commands that have one policy, and what they need.
type group struct {
	policy.Document
	commands map[string]bool
	needs    map[right]bool
}

func newPolicyWorld(t *testing.T, config string) *policyWorld {
	w := &policyWorld{T: t, dir: t.TempDir(), prefix: "team/deps", fake: fakeaws.NewFleet(t, "cache"),
		printed: map[string]string{}, groups: map[string]*group{}}
	w.server = w.fake.At(policyAccount, policyRegion)
	w.server.Versioned = true
	w.recorder = newRightsRecorder(w.server, policyAccount, policyRegion)
	w.lock(1)
	index := testindex.Start(t, filepath.Join(w.dir, "wheels"))
	w.write("lamella.toml", fmt.Sprintf("runtime = \"python3.13\"\nregion = %q\nindex-url = %q\n", policyRegion, index.Index)+config)
	w.env = w.machine()
	return w
}

// machine is the environment of one with an empty cache.
func (w *policyWorld) machine() []string {
	return cleanEnv(w, w.TempDir(), "AWS_ENDPOINT_URL="+w.fake.URL, "AWS_ACCESS_KEY_ID=AKIA"+policyAccount, "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent")
}

func (w *policyWorld) write(name, text string) {
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

// lock makes the n-th lock file: of a wheel that is too large for one request, and stays,
// and of a small one that does not.
func (w *policyWorld) lock(n int) {
	content := make([]byte, 18<<20)
	for random, i := rand.NewPCG(1, 1), 0; i < len(content); i += 8 {
		for j, v := 0, random.Uint64(); j < 8; j++ {
			content[i+j] = byte(v >> (8 * j))
		}
	}
	wheels := filepath.Join(w.dir, "wheels")
	var text strings.Builder
	for _, wheel := range []testindex.Wheel{
		{Name: "large", Version: "1.0", Tag: "py3-none-any", Files: map[string]string{"large/data.bin": string(content)}},
		{Name: "small", Version: fmt.Sprintf("%d.0", n), Tag: "py3-none-any", Files: map[string]string{"small.py": fmt.Sprintf("answer = %d\n", n)}},
	} {
		fmt.Fprintf(&text, "%s==%s --hash=sha256:%s\n", wheel.Name, wheel.Version, fileDigest(w.T, wheel.Write(w, wheels)))
	}
	w.write("requirements.txt", text.String())
}

// policy is what lamella policy prints for commands.
func (w *policyWorld) policy(commands ...string) (d policy.Document, text string) {
	key := strings.Join(commands, " ")
	if w.printed[key] == "" {
		w.printed[key] = mustLamella(w, w.dir, w.env, append([]string{"policy"}, commands...)...).stdout
	}
	text = w.printed[key]
	if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Statement) == 0 {
		w.Fatalf("%s: %v", text, err)
	}
	return d, text
}

// of attributes what was recorded to commands: together, their policies allow it.
func (w *policyWorld) of(commands []string, args ...string) {
	w.Helper()
	seen := w.recorder.take()
	w.allowed(commands, seen, args...)
	for _, command := range commands {
		d, text := w.policy(command)
		if w.groups[text] == nil {
			w.groups[text] = &group{d, map[string]bool{}, map[right]bool{}}
		}
		w.groups[text].commands[command] = true
		maps.Copy(w.groups[text].needs, seen)
	}
	w.recorder.take()
}

// allowed demands that the policies of the commands together allow what was seen.
func (w *policyWorld) allowed(commands []string, seen map[right]bool, args ...string) {
	w.Helper()
	together, _ := w.policy(commands...)
	for r := range seen {
		if !together.Allows(r.action, r.resource) {
			w.Errorf("lamella policy %s does not allow %s, which lamella %s needs", strings.Join(commands, " "), r, strings.Join(args, " "))
		}
	}
}

// run runs lamella, which succeeds, as one of several commands.
func (w *policyWorld) run(commands string, args ...string) {
	w.Helper()
	w.recorder.take()
	mustLamella(w, w.dir, w.env, args...)
	w.of(strings.Fields(commands), args...)
}

// fails runs lamella, which does not succeed because of faults.
func (w *policyWorld) fails(commands string, faults []fakeaws.Fault, args ...string) {
	w.Helper()
	w.recorder.take()
	w.server.Inject(faults...)
	if got := lamella(w, w.dir, w.env, args...); got.status == 0 {
		w.Errorf("lamella %q succeeds", args)
	}
	w.server.Reset()
	w.of(strings.Fields(commands), args...)
}

// minimal demands that each action on each resource is there because a request needs it.
func (w *policyWorld) minimal() {
	for _, g := range w.groups {
		for i, statement := range g.Statement {
			for _, action := range statement.Action {
				for _, resource := range statement.Resource {
					if !needed(g.Document, i, action, resource, g.needs) {
						w.Errorf("%s: statement %s allows %s on %s, which nothing needs", slices.Sorted(maps.Keys(g.commands)), statement.Sid, action, resource)
					}
				}
			}
		}
	}
}

// needed reports whether a request is denied once one action on one resource is gone.
func needed(d policy.Document, i int, action, resource string, needs map[right]bool) bool {
	less := policy.Document{Statement: slices.Clone(d.Statement)}
	s := d.Statement[i]
	less.Statement[i].Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == action })
	less.Statement = append(less.Statement, policy.Statement{Effect: "Allow", Action: []string{action},
		Resource: slices.DeleteFunc(slices.Clone(s.Resource), func(r string) bool { return r == resource })})
	for r := range needs {
		if d.Allows(r.action, r.resource) && !less.Allows(r.action, r.resource) {
			return true
		}
	}
	return false
}

// The policy that lamella policy prints for a command allows each request that the command
// sends, and nothing that no request needs.
func TestPolicyOfCommands(t *testing.T) {
	testenv.Heavy(t)
	for name, config := range map[string]string{
		"plain": "name = \"deps\"\nto = \"s3://layers-us-east-1/team/deps\"\nattach = [\"web\"]\n",
		"everything": `name = "deps"
to = "s3://layers-us-east-1/team/deps"
kms-key = "arn:aws:kms:us-east-1:123456789012:key/k"
acl = "bucket-owner-full-control"
storage = "reference"
ssm-parameter = "/layers/deps"
share = ["210987654321"]
attach = ["web"]
` + sharedCache} {
		t.Run(name, func(t *testing.T) {
			w := newPolicyWorld(t, config)
			w.publish()
			w.read()
			w.back()
			w.share()
			w.attach()
			w.prune()
			w.minimal()
			for _, op := range []string{"UploadPartCopy", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload", "GetMetricData"} {
				if !w.recorder.ops[op] {
					t.Errorf("no command sent %s", op)
				}
			}
		})
	}
}

// Parts are also copied from the zips of other layers, as far as the policy is for them.
func TestPolicyOfSiblings(t *testing.T) {
	testenv.Heavy(t)
	w := newPolicyWorld(t, "to = \"s3://layers-us-east-1/team/{layer}\"\n[[layer]]\nname = \"deps\"\n[[layer]]\nname = \"more\"\n")
	w.run("deploy", "deploy", "--layer", "deps")
	w.lock(2)
	w.run("deploy", "deploy", "--layer", "more")
	if !w.recorder.ops["UploadPartCopy"] {
		t.Error("nothing was copied")
	}
	w.run("ls", "ls")
	w.run("prune", "prune", "--keep", "1")
}

// publish publishes by all commands that can: with an upload that is refused, in parts,
// as copies of parts, from a plan, in steps, and of a zip.
func (w *policyWorld) publish() {
	denied := fakeaws.Fault{Times: 99, Status: 403, Code: "AccessDenied"}
	part, abort := denied, denied
	part.Op, abort.Op = "UploadPart", "AbortMultipartUpload"
	w.run("plan", "plan")
	w.failsWhileDownloading(part)
	w.fails("deploy", []fakeaws.Fault{part, abort}, "deploy")
	w.server.AgeUploads(48 * time.Hour)
	w.run("deploy", "deploy")
	w.run("deploy", "deploy")
	w.lock(2)
	w.env = w.machine()
	w.run("plan", "plan")
	w.run("deploy", "deploy")
	w.lock(3)
	w.run("plan", "plan", "-o", "plan.json")
	w.run("apply", "apply", "plan.json")
	w.lock(4)
	mustLamella(w, w.dir, w.env, "build")
	w.run("upload", "upload", "--layer-zip")
	w.run("upload", "upload")
	w.run("publish", "publish")
	mustLamella(w, w.dir, w.env, "package", "wheels", "-o", "other.zip")
	w.run("publish", "publish", "--zip", "other.zip")
	w.run("deploy", "deploy", "--force")
	w.recorder.take()
	lamella(w, w.dir, w.env, "doctor") // which may find fault with this machine
	seen := w.recorder.take()
	delete(seen, right{"s3:GetBucketVersioning", "arn:aws:s3:::" + policyBucket}) // without it, the versioning is unknown
	w.allowed([]string{"deploy", "attach", "share", "prune"}, seen, "doctor")     // whose permissions it tries
}

const sharedCache = "cache = \"s3://cache/team\"\n"

// failsWhileDownloading deploys with an empty cache, so that the upload begins during the
// download. A shared cache would prevent that.
func (w *policyWorld) failsWhileDownloading(fault fakeaws.Fault) {
	w.policy("deploy")
	config, err := os.ReadFile(filepath.Join(w.dir, "lamella.toml"))
	if err != nil {
		w.Fatal(err)
	}
	w.write("lamella.toml", strings.ReplaceAll(string(config), sharedCache, ""))
	w.env = w.machine()
	w.fails("deploy", []fakeaws.Fault{fault}, "deploy")
	w.write("lamella.toml", string(config))
}

func (w *policyWorld) configure(version int) {
	w.server.Configure("web", fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Architectures: []string{"x86_64"}, Timeout: 3, Layers: []fakeaws.FunctionLayer{
		{Arn: foreignLayer}, {Arn: fmt.Sprintf("arn:aws:lambda:%s:%s:layer:deps:%d", policyRegion, policyAccount, version)}}}}, true, "live")
}

func (w *policyWorld) read() {
	w.configure(1)
	w.run("ls", "ls")
	w.run("status", "status")
	w.lock(5)
	w.run("ls", "ls")
	w.lock(4)
	w.run("users", "users")
	w.run("users", "users", "1")
	w.run("history", "history")
	w.run("show", "show")
	w.run("show", "show", "1")
	w.run("diff", "diff", "1", "2")
	w.run("diff", "diff")
	w.run("verify", "verify")
	w.run("verify", "verify", "1", "--download")
}

func (w *policyWorld) back() {
	w.run("rollback", "rollback", "1")
	w.run("rollback hold", "rollback", "previous", "--hold", "--reason", "test")
	w.run("status", "ls")
	w.run("release", "release")
}

func (w *policyWorld) share() {
	w.run("share", "share")
	w.run("share", "share", "--sync", "--share", "111122223333")
	w.run("share", "share", "--sync", "--revoke", "--share", "444455556666")
}

func (w *policyWorld) attach() {
	w.run("attach", "attach")
	w.run("attach", "attach", "--yes", "--version", "2")
	w.run("attach", "attach", "--yes", "--version", "3", "--publish")
	w.run("attach", "attach", "w*", "--rollback", "--yes")
	w.run("attach", "attach", "w*", "--version", "2")
	w.configure(1)
	w.run("attach", "attach", "--yes", "--version", "2", "--alias", "live")
	for _, version := range []string{"1", "2", "3"} {
		w.server.SetTraffic("web", "live", version, fakeaws.Traffic{Calls: 100, P90: 1})
	}
	canary := []string{"attach", "--yes", "--version", "3", "--alias", "live", "--canary", "10%"}
	w.interrupt(canary)
	w.run("attach", canary...)
	w.run("attach", "attach", "--rollback", "--yes")
	w.lock(5)
	w.run("deploy attach", "deploy", "--attach")
}

// interrupt starts a canary, ends it when the alias has its weights, and has it begun an
// hour ago.
func (w *policyWorld) interrupt(args []string) {
	w.recorder.take()
	var stderr bytes.Buffer
	command := exec.Command(binary, args...)
	command.Dir, command.Env, command.Stderr = w.dir, w.env, &stderr
	if err := command.Start(); err != nil {
		w.Fatal(err)
	}
	key, journal := w.prefix+"/attach/web.json", map[string]any{}
	for began := time.Now(); journal["since"] == nil && time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		_ = json.Unmarshal(w.server.Object(policyBucket, key), &journal)
	}
	_ = command.Process.Kill()
	_ = command.Wait()
	if journal["since"] == nil {
		w.Fatalf("no canary began: %s", &stderr)
	}
	w.of([]string{"attach"}, args...)
	journal["since"] = time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	data, err := json.Marshal(journal)
	if err != nil {
		w.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPut, strings.Join([]string{w.fake.URL, policyAccount, policyRegion, policyBucket, key}, "/"), bytes.NewReader(data))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	answer.Body.Close()
}

func (w *policyWorld) prune() {
	part, abort := fakeaws.Fault{Op: "UploadPart", Times: 99, Status: 403, Code: "AccessDenied"}, fakeaws.Fault{Op: "AbortMultipartUpload", Times: 99, Status: 403, Code: "AccessDenied"}
	w.lock(6)
	for _, key := range w.server.Keys(policyBucket) { // nothing to copy from
		if strings.HasSuffix(key, ".zip") {
			w.server.Delete(policyBucket, key)
		}
	}
	w.fails("deploy", []fakeaws.Fault{part, abort}, "deploy")
	w.server.AgeUploads(48 * time.Hour)
	w.server.Age(policyBucket, 48*time.Hour)
	w.run("prune", "prune", "--keep", "3")
	w.run("prune", "prune", "--keep", "3", "--yes")
	w.run("prune", "prune", "--keep", "1", "--keep-rollback", "1", "--shared", "--yes")
}
