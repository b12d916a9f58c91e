package cli

import (
	"testing"
	"time"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/target"
)

func changes() []publish.Change {
	return []publish.Change{
		{Kind: publish.Added, Name: "numpy", New: &publish.Package{Version: "2.3.0", Size: 60_100_000}},
		{Kind: publish.Updated, Name: "pydantic", Old: &publish.Package{Version: "2.9", Size: 1_000_000}, New: &publish.Package{Version: "2.11", Size: 2_200_000}},
		{Kind: publish.Removed, Name: "six", Old: &publish.Package{Version: "1.16.0", Size: 33_000}},
		{Kind: publish.Updated, Name: "yarl", Old: &publish.Package{Version: "1.9"}, New: &publish.Package{Version: "1.9"}},
	}
}

func TestPlanText(t *testing.T) {
	a, _, _ := testApp(t, false)
	layer := lamella.Layer{Name: "web", Runtime: "python3.13", Destination: lamella.Destination{To: "s3://bucket/lambda/{layer}"}}
	planned := &deploy.Plan{
		Plan: &publish.Plan{
			Outcome: publish.Changed, Reason: "The content is new.", Warnings: []string{"A warning."}, Notes: []string{"A note."},
			Latest: &store.LayerVersion{Version: 3, ARN: "arn:x:3"}, Changes: changes(),
		},
		Zip: &project.Zip{
			Target: targets("python3.13/x86_64")[0], Size: 80_100_000, Unzipped: 243_100_000, Entries: 3896,
			Distributions: make([]publish.Package, 31),
			LeftOut:       []project.LeftOut{{Exclude: "**/tests/**", Files: 1203, Bytes: 30_100_000}, {Exclude: "docs/**"}, {Exclude: "boto3 1.40.0"}, {Exclude: "numpy 2.3.0", Wheel: 16_600_000}, {Exclude: "six 1.17.0", Bytes: 38_000, Wheel: 11_000}},
			AlsoFits:      targets("python3.9/x86_64", "python3.9/arm64", "python3.10/x86_64", "python3.10/arm64", "python3.13/arm64"),
		},
	}
	for _, d := range []resolve.Distribution{
		{Name: "six", Version: "1.17.0", Where: "requirements.txt:2", Hash: "sha256:aa"},
		{Name: "yarl", Version: "1.9", Where: "requirements.txt:12", Hash: "sha256:bb"},
	} {
		planned.Unhashed = append(planned.Unhashed, project.Unhashed{Distribution: d, Add: d.HashToAdd(lock.Requirements)})
	}
	want := `layer          web
target         python3.13/x86_64
destination    s3://bucket/lambda/web
latest         version 3
outcome        publish a new version: The content is new.
warning        A warning.
note           A note.

  + numpy     2.3.0  60.1 MB
  ~ pydantic  2.9 → 2.11  +1.2 MB
  − six       1.16.0  −33.0 kB
  ~ yarl      1.9, from a different file

contains       31 distributions, 3,896 files
unzipped       243,100,000 of 262,144,000 bytes (93 %)
zip            80.1 MB
left out       **/tests/**, 1,203 files, 30.1 MB
left out       docs/** matches nothing
left out       boto3 1.40.0
left out       numpy 2.3.0, a wheel of 16.6 MB
left out       six 1.17.0, 38.0 kB
would also fit python3.9 … python3.10 (x86_64, arm64); python3.13 (x86_64, arm64)

no hash        the lock file has no hash for 2 distributions; to lock the current files, add:
  requirements.txt:2   six   1.17.0  --hash=sha256:aa
  requirements.txt:12  yarl  1.9     --hash=sha256:bb
`
	if got := planText(a.planView(layer, planned), painter{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	unchanged := &deploy.Plan{Plan: &publish.Plan{Outcome: publish.LockChanged, Reason: "the lock changed, the layer did not"}}
	layer.To = "out"
	want = `layer          web
target         python3.13/x86_64
destination    out
latest         none
outcome        unchanged: the lock changed, the layer did not
`
	if got := planText(a.planView(layer, unchanged), painter{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// targets makes targets of the names "python3.9/x86_64".
func targets(names ...string) []target.Target {
	var ts []target.Target
	for _, name := range names {
		for _, runtime := range target.Runtimes() {
			for _, arch := range target.Architectures() {
				if name == runtime+"/"+arch {
					ts = append(ts, target.Target{Runtime: runtime, Architecture: arch})
				}
			}
		}
	}
	return ts
}

func TestHistoryText(t *testing.T) {
	versions := []publish.HistoryItem{
		{
			Version: 2, ARN: "arn:x:2", Created: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Description: "deps\x1b[2J",
			Manifest: "uv.lock", Target: "python3.13/x86_64", Tool: "lamella v1", Packages: make([]publish.Package, 2), Changes: changes()[:1],
		},
		{Version: 1, ARN: "arn:x:1", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Note: "Nothing is recorded."},
	}
	want := `version 2  2026-03-04T05:06:07Z  arn:x:2
  target        python3.13/x86_64
  lock file     uv.lock
  description   deps\x1b[2J
  published by  lamella v1
  contains      2 distributions
  + numpy  2.3.0  60.1 MB

version 1  2026-01-02T03:04:05Z  arn:x:1
  note          Nothing is recorded.
`
	if got := historyText(versions, nil, painter{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
