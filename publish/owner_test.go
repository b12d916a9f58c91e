package publish

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
)

// TestForeignHome: a home in which the layer of another account or region lives is
// refused before anything is published, whatever is left of its state.
func TestForeignHome(t *testing.T) {
	for name, test := range map[string]struct {
		account string
		own     int // versions that the layer has in this account
		spoil   func(a account)
		hint    string
	}{
		"record and lease": {account: "210987654321", hint: "210987654321"},
		"the lease alone":  {account: "210987654321", spoil: func(a account) { a.Delete("bucket", "home/"+recordKey(1)) }},
		"the record alone": {account: "210987654321", spoil: func(a account) { a.Delete("bucket", "home/"+leaseKey) }},
		"an older lease": {account: "210987654321", own: 3, spoil: func(a account) {
			lease := regexp.MustCompile(`"arn": "[^"]*",\s*"owner"`).ReplaceAllString(a.object(leaseKey), `"owner"`)
			if strings.Contains(lease, "123456789012") {
				panic("the lease still says whose it is")
			}
			if _, err := a.Objects.Put(t.Context(), leaseKey, storetest.Body([]byte(lease))); err != nil {
				panic(err)
			}
		}},
		"own versions, no record": {account: "210987654321", own: 3},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			p.mustDeploy(a.Destination, First, 1)
			if test.spoil != nil {
				test.spoil(a)
			}
			b := newAccount(t) // points the SDK at itself
			b.Account = test.account
			for range test.own {
				p.update()
				p.mustDeploy(b.Destination, map[bool]Outcome{true: First, false: Changed}[p.own(b) == 0], p.own(b)+1)
			}
			p.update()
			foreign := a.Destination
			foreign.Layers = b.Layers
			before := b.Count("PublishLayerVersion")
			_, err := p.deploy(foreign)
			if catalogue.KindOf(err) != fault.Destination || b.Count("PublishLayerVersion") != before || a.Count("PublishLayerVersion") != 1 {
				t.Fatalf("got %v, published %d times", err, b.Count("PublishLayerVersion")-before)
			}
			if all := strings.Join(fault.Hints(err), "\n"); !strings.Contains(err.Error(), "123456789012") || !strings.Contains(err.Error(), test.account) || !strings.Contains(all, "--role-arn arn:aws:iam::123456789012:") {
				t.Errorf("got %v, hints %s", err, all)
			}

			// The owner goes on as before.
			p.mustDeploy(a.Destination, Changed, 2)
		})
	}
}

func (p *project) own(a account) int64 {
	versions, err := a.Layers.Versions(p.t.Context(), "deps")
	if err != nil {
		p.t.Fatal(err)
	}
	return newest(versions)
}

// TestForeignRegion: a home stays with the region of its layer.
func TestForeignRegion(t *testing.T) {
	d := newAccount(t).Destination
	err := d.checkLayerARN("deps", "s3://bucket/home/layer/lease", "arn:aws:lambda:eu-central-1:123456789012:layer:deps", "arn:aws:lambda:us-east-1:123456789012:layer:deps")
	if all := strings.Join(fault.Hints(err), "\n"); catalogue.KindOf(err) != fault.Destination || !strings.Contains(all, "--region eu-central-1") {
		t.Errorf("got %v, hints %s", err, all)
	}
}

// TestWhoseAccount: where the home has to be compared and the account is not told,
// nothing is published.
func TestWhoseAccount(t *testing.T) {
	a, p := newAccount(t), newProject(t)
	p.mustDeploy(a.Destination, First, 1)
	b := newAccount(t)
	b.Inject(fakeaws.Fault{Op: "GetCallerIdentity", Status: 403, Code: "AccessDenied", Times: 1000})
	foreign := a.Destination
	foreign.Layers = b.Layers
	_, err := p.deploy(foreign)
	if catalogue.KindOf(err) != fault.Destination || b.Count("PublishLayerVersion") != 0 {
		t.Errorf("got %v, published %d times", err, b.Count("PublishLayerVersion"))
	}
}
