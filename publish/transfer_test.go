package publish

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/delta"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// smallParts are limits for zips of some kilobytes.
var smallParts = delta.Limits{Smallest: 1000, Sent: 1600, Copied: 12_800, Request: 10}

// zipWith is a layer's zip of n files of size bytes each. What is at the numbers in
// changed is of another edition.
func zipWith(t *testing.T, n, size int, changed ...int) string {
	t.Helper()
	var entries []layer.Entry
	for i := range n {
		seed := byte(i)
		if slices.Contains(changed, i) {
			seed += 100
		}
		content := storetest.Random(size, seed)
		entries = append(entries, layer.Entry{Name: fmt.Sprintf("python/%04d.py", i), CRC32: crc32.ChecksumIEEE(content),
			Compressed: int64(size), Size: int64(size), Source: bytes.NewReader(content)})
	}
	var zip bytes.Buffer
	if _, err := layerzip.Write(t.Context(), &zip, entries, nil); err != nil {
		t.Fatal(err)
	}
	return zip.String()
}

// withSmallParts has a layer of 20,000 bytes published, and one with a change in
// the middle about to be.
func withSmallParts(t *testing.T) (account, *project) {
	t.Helper()
	a, p := newAccount(t), newProject(t)
	a.MinPart, a.limits = int(smallParts.Smallest), smallParts
	p.content = zipWith(t, 20, 1000)
	p.mustDeploy(a.Destination, First, 1)
	p.update()
	p.content = zipWith(t, 20, 1000, 9)
	a.Server.Reset()
	return a, p
}

func (a account) transfer(t *testing.T, p *project) Transfer {
	t.Helper()
	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil {
		t.Fatal(err)
	}
	transfer, err := plan.Transfer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return transfer
}

func TestTransfer(t *testing.T) {
	const changed = 5000 // bytes: the smallest part, the directory of 20 entries, and some
	for name, test := range map[string]struct {
		arrange func(*testing.T, *account, *project)
		atMost  int64 // bytes that are planned to be sent
		sent    int64 // at most
		said    string
	}{
		"a change in the middle": {func(*testing.T, *account, *project) {}, changed, changed, "from s3://bucket/home/layer/zip/"},
		"nothing shared": {func(t *testing.T, _ *account, p *project) {
			p.content = zipWith(t, 20, 1000, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
		}, 30_000, 30_000, ""},
		"another program's zip": {func(_ *testing.T, _ *account, p *project) { p.content += "comment" }, 30_000, 30_000, ""},
		"no right to list": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "ListObjectsV2", Status: 403, Code: "AccessDenied", Times: 99})
		}, changed, 30_000, "cannot list"}, // only a plan knows the newest version
		"no right to read": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "GetObject", Suffix: ".zip", Status: 403, Code: "AccessDenied", Times: 99})
		}, 30_000, 30_000, "cannot copy"},
		"the zip cannot be looked for": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "HeadObject", Status: 403, Code: "AccessDenied", Times: 1})
		}, changed, changed, "cannot look for the zip"},
		"no ranges": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "GetObject", Suffix: ".zip", Act: true, Times: 99, Change: func(_ string, answer *fakeaws.Answer) bool {
				answer.Status = 200
				delete(answer.Header, "Content-Range")
				return true
			}})
		}, 30_000, 30_000, "cannot copy"},
		"no right to copy": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "UploadPartCopy", Status: 403, Code: "AccessDenied", Times: 99})
		}, changed, 30_000, "instead of copied"},
		"no right to look for unfinished uploads": {func(_ *testing.T, a *account, _ *project) {
			a.Inject(fakeaws.Fault{Op: "ListMultipartUploads", Status: 403, Code: "AccessDenied", Times: 99})
		}, changed, changed, "ListBucketMultipartUploads"},
		"the source is damaged": {func(_ *testing.T, a *account, p *project) {
			a.replace(zipKey(p.sum(zipWith(t, 20, 1000))), func(zip []byte) { zip[5000]++ })
		}, changed, 30_000, "instead of copied"},
		"the source goes meanwhile": {func(_ *testing.T, a *account, p *project) {
			a.Inject(fakeaws.Fault{Op: "UploadPartCopy", Status: 404, Code: "NoSuchKey", Skip: 1, Times: 99})
		}, changed, 30_000, "instead of copied"},
		"the first zip of another layer": {func(t *testing.T, a *account, _ *project) {
			zip := a.object(zipKey(newProjectOf(t, zipWith(t, 20, 1000)).artifact().SHA256))
			for _, key := range a.Keys("bucket") {
				a.Delete("bucket", key)
			}
			o := a.open(t, "home-of-another")
			if _, err := o.Put(t.Context(), zipKey(strings.Repeat("a", 64)), storetest.Body([]byte(zip))); err != nil {
				t.Fatal(err)
			}
			a.Objects = a.open(t, "home-of-it")
		}, changed, changed, "from s3://bucket/home-of-another/layer/zip/aaaa"},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := withSmallParts(t)
			said := a.listen()
			test.arrange(t, &a, p)
			planned := a.transfer(t, p)
			if planned.Send > test.atMost || planned.Total != int64(len(p.content)) || planned.Send == 0 || (planned.Send < planned.Total) != (planned.From != nil) {
				t.Errorf("planned: %+v", planned)
			}
			if computed := a.transferComputed(t, p); computed.Send != planned.Send {
				t.Errorf("%d bytes are planned without the zip, %d with it", computed.Send, planned.Send)
			}
			before := a.SentBytes()
			up, err := Upload(t.Context(), a.Destination, p.artifact(), p.want().Manifest)
			if err != nil || !up.Sent {
				t.Fatalf("got %+v, %v", up, err)
			}
			location := a.Objects.Location(up.Key)
			if got := a.Object(location.Bucket, location.Key); string(got) != p.content {
				t.Errorf("the object is not the zip: %d bytes", len(got))
			}
			if sent := a.SentBytes() - before; sent > test.sent || sent != up.Transfer.Send || up.Transfer.Total != planned.Total {
				t.Errorf("%d bytes of %d were sent, not %+v", sent, planned.Total, up.Transfer)
			}
			if !strings.Contains(said(), test.said) {
				t.Errorf("said %q", said())
			}
			if after := a.transfer(t, p); after.Send != 0 || a.Uploads() != 0 {
				t.Errorf("after: %+v, %d uploads are left", after, a.Uploads())
			}
		})
	}
}

// transferComputed is transfer for a zip that was not written.
func (a account) transferComputed(t *testing.T, p *project) Transfer {
	t.Helper()
	want := p.want()
	want.Build = func(context.Context) (Artifact, error) {
		computed := p.artifact()
		computed.Layout, computed.Path = layoutOf(strings.NewReader(p.content), computed.Size), ""
		return computed, nil
	}
	plan, err := Decide(t.Context(), a.Destination, want)
	if err != nil {
		t.Fatal(err)
	}
	transfer, err := plan.Transfer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return transfer
}

func newProjectOf(t *testing.T, content string) *project {
	p := newProject(t)
	p.content = content
	return p
}

func (p *project) sum(content string) string { return newProjectOf(p.t, content).artifact().SHA256 }

// replace stores other bytes under a zip's key.
func (a account) replace(key string, change func([]byte)) {
	zip := []byte(a.object(key))
	change(zip)
	if _, err := a.Objects.Put(context.Background(), key, storetest.Body(zip)); err != nil {
		panic(err)
	}
}

func (a account) open(t *testing.T, prefix string) *aws.Objects {
	t.Helper()
	o, _, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: prefix}, aws.Options{Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// listen returns what the destination says from now on.
func (a *account) listen() (said func() string) {
	var mu sync.Mutex
	var text strings.Builder
	a.Events = func(e event.Event) {
		mu.Lock()
		defer mu.Unlock()
		text.WriteString(e.Message + "\n")
	}
	return func() string { mu.Lock(); defer mu.Unlock(); return text.String() }
}

// TestDeployCopies: a deployment whose layer changed a little sends little.
func TestDeployCopies(t *testing.T) {
	a, p := withSmallParts(t)
	before := a.SentBytes()
	r := p.mustDeploy(a.Destination, Changed, 2)
	if r.Upload == nil || r.Upload.Send > 5000 || r.Upload.Total != int64(len(p.content)) || r.Upload.From == nil {
		t.Errorf("it says %+v", r.Upload)
	}
	if a.CopiedBytes() < 12_000 || a.SentBytes()-before > 12_000 || a.object(zipKey(p.artifact().SHA256)) != p.content {
		t.Errorf("%d bytes were copied, %d sent", a.CopiedBytes(), a.SentBytes()-before)
	}
}

// TestTransferOfNothing: if nothing would be published, no request is made for it.
func TestTransferOfNothing(t *testing.T) {
	a, p := withSmallParts(t)
	p.mustDeploy(a.Destination, Changed, 2)
	plan, err := Decide(t.Context(), a.Destination, p.want())
	if err != nil {
		t.Fatal(err)
	}
	a.Server.Reset()
	if transfer, err := plan.Transfer(t.Context()); err != nil || transfer.Total != 0 || len(a.Requests()) != 0 {
		t.Errorf("got %+v, %v, requests %q", transfer, err, a.Requests())
	}
	if r, err := plan.Execute(t.Context()); err != nil || r.Upload != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestAbandonedUploadsAreRemoved: the next run aborts what an interrupted one left,
// and leaves alone what may be under way.
func TestAbandonedUploadsAreRemoved(t *testing.T) {
	a, p := withSmallParts(t)
	a.Inject(fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 403, Code: "AccessDenied"}, fakeaws.Fault{Op: "AbortMultipartUpload", Status: 403, Code: "AccessDenied"})
	if _, err := Upload(t.Context(), a.Destination, p.artifact(), p.want().Manifest); err == nil || a.Uploads() != 1 {
		t.Fatalf("got %v, %d uploads are left", err, a.Uploads())
	}
	a.AgeUploads(UnfinishedAge - time.Minute)
	if found, err := Abandoned(t.Context(), a.Destination); err != nil || len(found) != 0 {
		t.Fatalf("found %v, %v", found, err)
	}
	a.AgeUploads(time.Minute)
	if found, err := Abandoned(t.Context(), a.Destination); err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	p.mustDeploy(a.Destination, Changed, 2)
	if a.Uploads() != 0 {
		t.Errorf("%d uploads are left", a.Uploads())
	}
}
