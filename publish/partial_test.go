package publish

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
)

// TestPartialStates: whatever is missing beside a version, or there without one,
// is mended or refused, never guessed. Each starts with version 1 as it should be.
func TestPartialStates(t *testing.T) {
	const (
		manifest1, record1 = "layer/000001/requirements.txt", "layer/000001/lamella.json"
		manifest2, record2 = "layer/000002/requirements.txt", "layer/000002/lamella.json"
	)
	remove := func(keys ...string) func(account, *project) {
		return func(a account, _ *project) {
			for _, key := range keys {
				a.Delete("bucket", "home/"+key)
			}
		}
	}
	put := func(key, content string) func(account, *project) {
		return func(a account, p *project) {
			if _, err := a.Objects.Put(p.t.Context(), key, storetest.Body([]byte(content))); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	then := func(steps ...func(account, *project)) func(account, *project) {
		return func(a account, p *project) {
			for _, step := range steps {
				step(a, p)
			}
		}
	}
	update := func(_ account, p *project) { p.update() }

	for name, test := range map[string]struct {
		prepare func(account, *project)
		outcome Outcome // "" is an error
		version int64
		says    string // in the reason, the notes, the warnings or the error
		hint    string
	}{
		"no manifest":                         {remove(manifest1), Repaired, 1, "missing", ""},
		"no record":                           {remove(record1), Unchanged, 1, "another tool", ""},
		"neither":                             {remove(manifest1, record1), Repaired, 1, "neither", ""},
		"neither, other content":              {then(remove(manifest1, record1), update), Changed, 2, "neither", ""},
		"no manifest, other content":          {then(remove(manifest1), update), Changed, 2, "anyio", ""},
		"no record, other manifest":           {then(remove(record1), update), Changed, 2, "requirements.txt", ""},
		"manifest before its version":         {then(put(manifest2, "left over"), update), Changed, 2, manifest2, ""},
		"record before its version":           {then(put(record2, `{"schema": 1, "layer": "deps", "version": 2, "arn": "arn:aws:lambda:eu-central-1:123456789012:layer:deps:2"}`), update), Changed, 2, record2, ""},
		"another layer's record, to come":     {then(put(record2, `{"schema": 1, "layer": "web", "version": 2, "arn": "arn:aws:lambda:eu-central-1:123456789012:layer:web:2"}`), update), "", 0, "layer:web", "{layer}"},
		"another layer's record":              {put(record1, `{"schema": 1, "layer": "web", "version": 1, "arn": "arn:aws:lambda:eu-central-1:123456789012:layer:web:1"}`), "", 0, "layer:web", "{layer}"},
		"another account's record":            {put(record1, `{"schema": 1, "layer": "deps", "version": 1, "arn": "arn:aws:lambda:eu-central-1:999999999999:layer:deps:1"}`), "", 0, "999999999999", "{layer}"},
		"a newer lamella's record":            {put(record1, `{"schema": 2, "layer": "deps", "version": 1}`), "", 0, "schema 2", "upgrade"},
		"a newer lamella's record, to come":   {then(put(record2, `{"schema": 2, "layer": "deps", "version": 2}`), update), "", 0, "schema 2", "upgrade"},
		"a damaged record":                    {put(record1, `{"schema"`), "", 0, "the record of version 1", record1},
		"a manifest stored by hand":           {then(remove(record1), put(manifest1, "idna==3.10 --hash=sha256:aa\r\n")), Unchanged, 1, "line endings", ""},
		"the zip is gone, nothing changed":    {func(a account, p *project) { a.Delete("bucket", "home/"+zipKey(p.artifact().SHA256)) }, Unchanged, 1, "", ""},
		"the lease is gone":                   {then(remove(leaseKey), update), Changed, 2, "", ""},
		"the version is gone":                 {func(a account, p *project) { a.deleteVersion(p.t, 1) }, First, 2, "no versions", ""},
		"the bucket is elsewhere":             {func(a account, _ *project) { a.Region = "eu-west-1" }, "", 0, "is in eu-west-1", "AWS_REGION=eu-west-1"},
		"versions may not be listed":          {refuse("ListLayerVersions", "AccessDeniedException"), "", 0, "access denied", "lambda:ListLayerVersions on arn:"},
		"objects may not be read":             {refuse("GetObject", "AccessDenied"), "", 0, "access denied", "s3:ListBucket"},
		"nothing may be written":              {then(update, refuse("PutObject", "AccessDenied")), "", 0, "access denied", "s3:PutObject on arn:aws:s3:::bucket/home/layer/lease"},
		"versions may not be published":       {then(update, refuse("PublishLayerVersion", "AccessDeniedException")), "", 0, "access denied", "lambda:PublishLayerVersion on arn:"},
		"the bucket's policy demands a key":   {then(update, func(a account, _ *project) { a.KMSKey = "alias/layers" }), "", 0, "access denied", "--kms-key KEY"},
		"a key that S3 does not take":         {then(update, refuse("PutObject", "KMS.DisabledException")), "", 0, "encryption key", "--kms-key KEY"},
		"this machine's clock is an hour off": {refuse("GetObject", "RequestTimeTooSkewed"), "", 0, "clock is wrong", "clock"},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			p.mustDeploy(a.Destination, First, 1)
			test.prepare(a, p)
			before := a.Count("PublishLayerVersion")
			var events recorder
			a.Destination.Events = catalogue.Events(events.sink)
			r, err := p.deploy(a.Destination)
			if test.outcome == "" {
				if name == "objects may not be read" { // which of them is read first varies
					catalogue.Sometimes(err)
				} else {
					catalogue.Record(err)
				}
				if fault.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), test.says) || !strings.Contains(strings.Join(fault.Hints(err), "\n"), test.hint) {
					t.Errorf("got %v, hints %q", err, fault.Hints(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Contains(r.Reason+strings.Join(r.Notes, " "), test.says) || events.has(event.Warn, test.says)
			if r.Outcome != test.outcome || r.Version != test.version || !said {
				t.Errorf("%s, version %d, %s %q", r.Outcome, r.Version, r.Reason, r.Notes)
			}
			if sent := a.Count("PublishLayerVersion") - before; sent > 1 || (sent == 1) != test.outcome.Publishes() {
				t.Errorf("published %d times", sent)
			}
			record, _, err := a.record(t.Context(), r.Version)
			if err != nil || name != "no record" && name != "a manifest stored by hand" && (record == nil || record.ARN != r.ARN) {
				t.Errorf("record %+v, %v", record, err)
			}
			if !sameText([]byte(a.object(manifestKey(r.Version, p.lockName))), []byte(p.lock)) {
				t.Errorf("manifest %q", a.object(manifestKey(r.Version, p.lockName)))
			}
			p.mustDeploy(a.Destination, Unchanged, r.Version)
		})
	}
}

// refuse lets an operation fail from now on.
func refuse(op, code string) func(account, *project) {
	message := map[string]string{
		"KMS.DisabledException": "the key is disabled",
		"RequestTimeTooSkewed":  "The difference between the request time and the current time is too large.",
	}[code]
	if message == "" {
		message = "no identity-based policy allows it"
	}
	return func(a account, _ *project) {
		a.Inject(fakeaws.Fault{Op: op, Status: 403, Code: code, Message: message, Times: 99})
	}
}

func (a account) deleteVersion(t *testing.T, version int64) {
	t.Helper()
	if err := a.Layers.Delete(t.Context(), "deps", version); err != nil {
		t.Fatal(err)
	}
}

// TestDeletedMeanwhile: a version goes between plan and execution. What repaired
// its state would belong to nothing now.
func TestDeletedMeanwhile(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	a.Delete("bucket", "home/layer/000001/requirements.txt")
	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil || plan.Outcome != Repaired {
		t.Fatalf("%+v, %v", plan, err)
	}
	a.deleteVersion(t, 1)
	r, err := plan.Execute(t.Context())
	if err != nil || r.Version != 2 || !r.Published || a.object("layer/000001/requirements.txt") != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTwoLayersInOneHome: the second one is refused, with or without a version of
// the first.
func TestTwoLayersInOneHome(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	w := p.want()
	w.Layer = "web"
	plan, err := Decide(t.Context(), a.Destination, w)
	if err == nil {
		_, err = plan.Execute(t.Context())
	}
	if catalogue.KindOf(err) != fault.Destination || !strings.Contains(err.Error(), "layer:deps:1") || len(fault.Hints(err)) == 0 {
		t.Errorf("got %v", err)
	}
	a.Delete("bucket", "home/layer/000001/lamella.json")
	if plan, err = Decide(t.Context(), a.Destination, w); err == nil {
		_, err = plan.Execute(t.Context())
	}
	if catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "layer deps") || a.Count("PublishLayerVersion") != 1 {
		t.Errorf("got %v", err)
	}
}
