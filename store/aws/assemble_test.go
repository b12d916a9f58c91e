package aws

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// assembledCase is an object of five parts, of which a stored one has three, on a
// server that takes small parts.
type assembledCase struct {
	server *fakeaws.Server
	o      *Objects
	data   []byte
	parts  []store.Part
}

func newAssembled(t *testing.T) assembledCase {
	t.Helper()
	server, o, _ := start(t)
	server.MinPart = 1000
	old := storetest.Random(20_000, 1)
	etag, err := o.Put(t.Context(), "old", storetest.Body(old))
	if err != nil {
		t.Fatal(err)
	}
	c := assembledCase{server: server, o: o}
	for i, offset := range []int64{0, -1, 7000, 12_000, -1} {
		p, bytes := store.Part{Size: 2000}, storetest.Random(2000, byte(10+i))
		if offset >= 0 {
			p.From, bytes = &store.Range{Location: o.Location("old"), ETag: etag, Offset: offset}, old[offset:offset+2000]
		}
		c.parts, c.data = append(c.parts, p), append(c.data, bytes...)
	}
	server.Reset()
	return c
}

func (c assembledCase) assemble(t *testing.T) (store.Assembled, error) {
	body := storetest.Body(c.data)
	body.IfAbsent = true
	return c.o.Assemble(t.Context(), "new", body, c.parts)
}

// wrongChecksum has the answer to a copy say that other bytes were copied.
func wrongChecksum(element string, value string) func(string, *fakeaws.Answer) bool {
	find := regexp.MustCompile(element + `>[^<]*</` + element + `>`)
	return func(_ string, a *fakeaws.Answer) bool {
		a.Body = find.ReplaceAll(a.Body, []byte(element+">"+value+"</"+element+">"))
		return true
	}
}

// TestCopiedPartsAreProved: whatever becomes of a copy, the object is the body.
func TestCopiedPartsAreProved(t *testing.T) {
	refuse := func(status int, code string) fakeaws.Fault {
		return fakeaws.Fault{Op: "UploadPartCopy", Status: status, Code: code, Times: 99}
	}
	for name, test := range map[string]struct {
		fault      fakeaws.Fault
		noChecksum bool
		before     func(*testing.T, assembledCase)
		copied     []int64 // one of them
		refused    bool
		uploads    int // multipart uploads that were begun
	}{
		"copied":                    {copied: []int64{6000}, uploads: 1},
		"the server has no SHA-256": {noChecksum: true, copied: []int64{6000}, uploads: 1},
		"a wrong SHA-256": {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Times: 99, Change: wrongChecksum("ChecksumSHA256", "AAAA")},
			copied: []int64{0}, refused: true, uploads: 1},
		"one wrong SHA-256": {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Change: wrongChecksum("ChecksumSHA256", "AAAA")},
			copied: []int64{0, 2000, 4000}, refused: true, uploads: 1},
		"a wrong MD5": {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Times: 99, Change: wrongChecksum("ETag", "00000000000000000000000000000000")},
			noChecksum: true, copied: []int64{0}, refused: true, uploads: 1},
		"an ETag that KMS made": {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Times: 99, Change: wrongChecksum("ETag", "kms")},
			noChecksum: true, copied: []int64{0}, refused: true, uploads: 1},
		"no right":          {fault: refuse(403, "AccessDenied"), copied: []int64{0}, refused: true, uploads: 1},
		"no key":            {fault: refuse(400, "KMS.DisabledException"), copied: []int64{0}, refused: true, uploads: 1},
		"another region":    {fault: refuse(400, "InvalidRequest"), copied: []int64{0}, refused: true, uploads: 1},
		"not implemented":   {fault: refuse(501, "NotImplemented"), copied: []int64{0}, refused: true, uploads: 1},
		"an error as 200":   {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Times: 99, Change: errorAs200}, copied: []int64{0}, refused: true, uploads: 1},
		"a lost answer":     {fault: fakeaws.Fault{Op: "UploadPartCopy", Act: true, Drop: true}, copied: []int64{6000}, uploads: 1},
		"a source deleted":  {before: func(t *testing.T, c assembledCase) { c.server.Delete(bucket, "team/layers/old") }, copied: []int64{0}, refused: true, uploads: 1},
		"a source replaced": {before: replaceSource, copied: []int64{0}, refused: true, uploads: 1},
		"no completion with copies": {fault: fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 400, Code: "InvalidPart"},
			copied: []int64{0}, refused: true, uploads: 2},
		"a conflict": {fault: fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 409, Code: conflict}, copied: []int64{6000}, uploads: 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAssembled(t)
			c.server.NoCopyChecksum = test.noChecksum
			if test.before != nil {
				test.before(t, c)
			}
			if test.fault.Op != "" {
				c.server.Inject(test.fault)
			}
			got, err := c.assemble(t)
			if err != nil || !slices.Contains(test.copied, got.Copied) || (got.Refused != nil) != test.refused {
				t.Errorf("got %+v, %v", got, err)
			}
			if !bytes.Equal(c.server.Object(bucket, "team/layers/new"), c.data) {
				t.Error("the object is not the body")
			}
			if n := c.server.Count("CreateMultipartUpload"); n != test.uploads || c.server.Uploads() != 0 {
				t.Errorf("%d uploads were begun, %d are left", n, c.server.Uploads())
			}
		})
	}
}

func errorAs200(_ string, a *fakeaws.Answer) bool {
	a.Body = []byte("<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>")
	return true
}

func replaceSource(t *testing.T, c assembledCase) {
	if _, err := c.o.Put(t.Context(), "old", storetest.Body(storetest.Random(20_000, 2))); err != nil {
		t.Fatal(err)
	}
}

// TestAssembleIsConditional: an object that came meanwhile stays.
func TestAssembleIsConditional(t *testing.T) {
	c := newAssembled(t)
	c.server.Inject(fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 412, Code: "PreconditionFailed"})
	if _, err := c.assemble(t); !errors.Is(err, store.ErrExist) || c.server.Uploads() != 0 {
		t.Errorf("got %v, %d uploads are left", err, c.server.Uploads())
	}
}

func TestSiblings(t *testing.T) {
	server := fakeaws.New(t, bucket)
	server.Use(t)
	for i, prefix := range []string{"team/web-python3.12", "team/data", "team/web-python3.13", "team/web", "team/a", "team/b", "elsewhere/web"} {
		o, _ := connect(t, store.Prefix{Bucket: bucket, Path: prefix})
		if _, err := o.Put(t.Context(), "layer/zip/"+strconv.Itoa(i), storetest.Body([]byte("zip"))); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"team/web-python3.13": {"team/web-python3.12", "team/web", "team/a", "team/b"},
		"team":                {"elsewhere"},
		"":                    nil,
	} {
		o, _ := connect(t, store.Prefix{Bucket: bucket, Path: prefix})
		siblings, err := o.Siblings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range siblings {
			got = append(got, s.(*Objects).prefix.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
}

func TestUnfinished(t *testing.T) {
	server, o, _ := start(t)
	server.PageSize = 2
	for i := range 5 {
		if _, err := o.client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: str(bucket), Key: str("team/layers/layer/" + strconv.Itoa(i%3))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: str(bucket), Key: str("team/other/layer/0")}); err != nil {
		t.Fatal(err)
	}
	server.AgeUploads(3 * time.Hour)
	uploads, err := o.Unfinished(t.Context(), "layer/")
	if err != nil || len(uploads) != 5 {
		t.Fatalf("got %v, %v", uploads, err)
	}
	for _, u := range append(uploads, uploads[0]) { // the last is gone by then
		if u.Age.Round(time.Minute) != 3*time.Hour || u.Key[:6] != "layer/" {
			t.Errorf("%+v", u)
		}
		if err := o.Abort(t.Context(), u); err != nil {
			t.Error(err)
		}
	}
	if server.Uploads() != 1 {
		t.Errorf("%d uploads are left", server.Uploads())
	}
	server.Inject(fakeaws.Fault{Op: "ListMultipartUploads", Status: 403, Code: "AccessDenied"})
	_, err = o.Unfinished(t.Context(), "layer/")
	wantFault(t, err, "access denied", "s3:ListBucketMultipartUploads")
}

func askTail(t *testing.T, o *Objects, _ *Layers) error {
	_, _, err := o.Tail(t.Context(), "zip", 2)
	return err
}

func askUnfinished(t *testing.T, o *Objects, _ *Layers) error {
	if _, err := o.client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: str(bucket), Key: str("team/layers/a")}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: str(bucket), Key: str("team/layers/b")}); err != nil {
		t.Fatal(err)
	}
	return second(o.Unfinished(t.Context(), ""))
}
