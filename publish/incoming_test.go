package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// withSending has a layer about to be published for the first time, whose zip is sent while
// it is built: send is called with its parts.
func withSending(t *testing.T, send func(ctx context.Context, in *Incoming, parts int, zip io.ReaderAt) error) (account, *project) {
	t.Helper()
	a, p := newAccount(t), newProject(t)
	a.MinPart, a.limits = int(smallParts.Smallest), smallParts
	p.content = zipWith(t, 20, 1000)
	p.sending = send
	return a, p
}

// sendAll sends the last part first.
func sendAll(ctx context.Context, in *Incoming, parts int, zip io.ReaderAt) error {
	for i := range parts {
		if err := in.Send(ctx, parts-1-i, zip); err != nil {
			return err
		}
	}
	return nil
}

// buildSending is a Want.BuildSending that sends the zip as p.sending does.
func (p *project) buildSending(ctx context.Context, in *Incoming) (Artifact, error) {
	p.built++
	size := int64(len(p.content))
	if in.Begin(ctx, layoutOf(strings.NewReader(p.content), size), size) == nil {
		p.begun++
		_ = p.sending(ctx, in, int((size+in.PartSize()-1)/in.PartSize()), strings.NewReader(p.content))
		if p.completes {
			in.Complete(ctx)
		}
		in.End()
	}
	return p.artifact(), nil
}

// checkClean demands the zip, and nothing else of its upload.
func (a account) checkClean(t *testing.T, p *project) {
	t.Helper()
	if a.object(zipKey(p.artifact().SHA256)) != p.content {
		t.Error("the object is not the zip")
	}
	for _, key := range a.Keys("bucket") {
		if strings.Contains(key, "incoming") {
			t.Errorf("%s is left", key)
		}
	}
	if a.Uploads() != 0 {
		t.Errorf("%d uploads are left", a.Uploads())
	}
}

func TestSendingWhileBuilding(t *testing.T) {
	refuse := func(op string, skip int) func(a *account) {
		return func(a *account) {
			a.Inject(fakeaws.Fault{Op: op, Status: 403, Code: "AccessDenied", Skip: skip, Times: 99})
		}
	}
	damaged := func(ctx context.Context, in *Incoming, parts int, zip io.ReaderAt) error {
		data, err := io.ReadAll(io.NewSectionReader(zip, 0, 1<<20))
		data[5000]++
		return errors.Join(err, sendAll(ctx, in, parts, strings.NewReader(string(data))))
	}
	for name, test := range map[string]struct {
		send    func(context.Context, *Incoming, int, io.ReaderAt) error
		arrange func(*account)
		begun   int
		copied  int64 // bytes, at least
		most    int64 // bytes that are sent, of 22,000
	}{
		"all parts":          {sendAll, nil, 1, 20_000, 24_000},
		"a damaged part":     {damaged, nil, 1, 0, 46_000},
		"no part":            {func(context.Context, *Incoming, int, io.ReaderAt) error { return nil }, nil, 1, 0, 24_000},
		"a part is refused":  {sendAll, refuse("UploadPart", 3), 1, 0, 26_000},
		"no right to list":   {sendAll, refuse("ListObjectsV2", 0), 0, 0, 24_000},
		"no right to delete": {sendAll, refuse("DeleteObject", 0), 0, 0, 24_000},
		"no right to begin": {sendAll, func(a *account) {
			a.Inject(fakeaws.Fault{Op: "CreateMultipartUpload", Status: 403, Code: "AccessDenied"})
		}, 0, 0, 24_000},
		"it is not completed": {sendAll, func(a *account) {
			a.Inject(fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 403, Code: "AccessDenied"})
		}, 1, 0, 46_000},
		"no right to copy":      {sendAll, refuse("UploadPartCopy", 0), 1, 0, 46_000},
		"there is a zip":        {sendAll, func(a *account) { a.replaceOf("layer/zip/" + strings.Repeat("a", 64) + ".zip") }, 0, 0, 24_000},
		"another one is coming": {sendAll, func(a *account) { a.replaceOf(incomingKey(strings.Repeat("a", 16))) }, 1, 20_000, 24_000},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := withSending(t, test.send)
			if test.arrange != nil {
				test.arrange(&a)
			}
			before := a.SentBytes()
			r := p.mustDeploy(a.Destination, First, 1)
			if p.begun != test.begun || p.built != 1 {
				t.Errorf("begun %d times, built %d times", p.begun, p.built)
			}
			if r.Upload == nil || r.Upload.Total != int64(len(p.content)) || r.Upload.From != nil || r.Upload.Send != r.Upload.Total {
				t.Errorf("it says %+v", r.Upload)
			}
			if a.CopiedBytes() < test.copied || a.SentBytes()-before > test.most+5000 {
				t.Errorf("%d bytes were copied, %d sent", a.CopiedBytes(), a.SentBytes()-before)
			}
			a.Delete("bucket", "home/"+incomingKey(strings.Repeat("a", 16)))
			a.checkClean(t, p)
		})
	}
}

// replaceOf stores an object of some other run.
func (a account) replaceOf(key string) {
	if _, err := a.put(context.Background(), Write{Key: key, Data: []byte("another")}); err != nil {
		panic(err)
	}
}

// TestSendingOnlyFirst: the zip is sent while it is built only if it is certain to be
// published and nothing can be copied.
func TestSendingOnlyFirst(t *testing.T) {
	a, p := withSending(t, sendAll)
	p.completes = true
	p.mustDeploy(a.Destination, First, 1)
	a.checkClean(t, p)
	a.Reset()
	p.mustDeploy(a.Destination, Unchanged, 1)
	if n := len(a.Requests()); n > 3 {
		t.Errorf("%d requests: %q", n, a.Requests())
	}
	p.update()
	p.content = zipWith(t, 20, 1000, 9)
	if p.mustDeploy(a.Destination, Changed, 2); p.begun != 0 {
		t.Error("the zip of version 2 was sent while it was built")
	}
}

// TestSendingInVain: what was sent goes if the build or the plan fails.
func TestSendingInVain(t *testing.T) {
	for i, completes := range []bool{false, true} {
		t.Run(fmt.Sprint(i), func(t *testing.T) { sendInVain(t, completes) })
	}
}

func sendInVain(t *testing.T, completes bool) {
	for name, change := range map[string]func(*Want){
		"the build fails": func(w *Want) {
			send := w.BuildSending
			w.BuildSending = func(ctx context.Context, in *Incoming) (Artifact, error) {
				a, err := send(ctx, in)
				return a, errors.Join(err, errStop)
			}
		},
		"the plan is out of date": func(w *Want) { w.Expect = &Expectation{Outcome: Unchanged} },
	} {
		t.Run(name, func(t *testing.T) {
			a, p := withSending(t, sendAll)
			p.completes = completes
			want := p.want()
			change(&want)
			if _, err := Decide(t.Context(), a.Destination, want); err == nil || p.begun != 1 || a.Uploads() != 0 || len(a.Keys("bucket")) != 0 {
				t.Errorf("got %v, begun %d times; left: %d uploads, %q", err, p.begun, a.Uploads(), a.Keys("bucket"))
			}
		})
	}
}

// TestSendingKilled cuts the connection for good before and after each request, as if the
// run had been killed there. The next run succeeds, and what is left is deleted an hour later.
func TestSendingKilled(t *testing.T) {
	testenv.Heavy(t)
	var group sync.WaitGroup
	for i, call := range newCell(t, 0, false, false, true).calls(t) {
		for _, after := range []bool{false, true} {
			c := newCell(t, 0, false, false, true)
			c.Inject(fakeaws.Fault{Skip: i, Drop: true, Act: after})
			group.Go(func() {
				c.run(t, fmt.Sprintf("%s, the %dth request, after: %t", call, i+1, after), fakeaws.Fault{Skip: i, Drop: true, Times: 1000})
			})
		}
	}
	group.Wait()
}

// TestIncomingIsNoZip: what is on its way is not taken for a zip, and is left alone while it
// may be in use.
func TestIncomingIsNoZip(t *testing.T) {
	a, p := withSending(t, sendAll)
	a.replaceOf(incomingKey(strings.Repeat("a", 16)))
	if _, ok := ZipOf(incomingKey(strings.Repeat("a", 16))); ok {
		t.Error("it is taken for a zip")
	}
	p.mustDeploy(a.Destination, First, 1)
	if a.object(incomingKey(strings.Repeat("a", 16))) == "" {
		t.Error("it is deleted at once")
	}
	a.Age("bucket", UnfinishedAge+time.Minute)
	p.update()
	p.content = zipWith(t, 20, 1000, 9)
	p.mustDeploy(a.Destination, Changed, 2)
	a.checkClean(t, p)
}
