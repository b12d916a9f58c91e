package aws

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// assembly is a multipart upload in progress.
type assembly struct {
	o                    *Objects
	bucket, name, upload *string
	body                 store.Body
	counter              *progress

	mu      sync.Mutex
	copied  int64 // bytes
	refused error // why no more parts are copied
}

// assembled returns the result of the upload so far.
func (a *assembly) assembled(etag string) store.Assembled {
	return store.Assembled{ETag: etag, Copied: a.copied, Refused: a.refused}
}

// part copies or uploads one part, which begins at offset in the body.
func (a *assembly) part(ctx context.Context, number *int32, offset int64, p store.Part) (types.CompletedPart, error) {
	sum, err := a.digest(sha256.New(), offset, p.Size)
	if err != nil {
		return types.CompletedPart{}, err
	}
	if p.From != nil && a.copies() {
		part, err := a.copyPart(ctx, number, offset, p, sum)
		switch {
		case err == nil:
			a.note(p.Size, nil)
			return part, nil
		case ctx.Err() != nil:
			return part, err
		}
		a.note(0, err)
	}
	return a.sendPart(ctx, number, offset, p.Size, sum)
}

// copies reports whether to try copying parts. After one copy is rejected, the other parts
// are uploaded, because copying them would be rejected for the same reason.
func (a *assembly) copies() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused == nil
}

// note counts a copied part, or records why a part was not copied.
func (a *assembly) note(copied int64, refused error) {
	a.mu.Lock()
	a.copied += copied
	if a.refused == nil {
		a.refused = refused
	}
	a.mu.Unlock()
}

// digest hashes size bytes of the body, beginning at offset.
func (a *assembly) digest(hash hash.Hash, offset, size int64) ([]byte, error) {
	if n, err := io.Copy(hash, io.NewSectionReader(a.body.Reader, offset, size)); err != nil {
		return nil, err
	} else if n < size {
		return nil, errShortRead
	}
	return hash.Sum(nil), nil
}

// sendPart uploads a part with its SHA-256, which S3 verifies.
func (a *assembly) sendPart(ctx context.Context, number *int32, offset, size int64, sum []byte) (types.CompletedPart, error) {
	checksum := str(base64.StdEncoding.EncodeToString(sum))
	out, err := a.o.client().UploadPart(ctx, &s3.UploadPartInput{
		Bucket: a.bucket, Key: a.name, UploadId: a.upload, PartNumber: number,
		Body:              a.counter.reader(a.body.Reader, offset, size),
		ContentLength:     awssdk.Int64(size),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    checksum,
	}, payloadHash(sum))
	if err != nil {
		return types.CompletedPart{}, err
	}
	return types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumSHA256: checksum}, nil
}

// copyPart copies a part and verifies it. It compares the SHA-256 that S3 computes if the
// upload uses that algorithm, and otherwise the ETag, which is the MD5 unless the object is
// encrypted with KMS.
func (a *assembly) copyPart(ctx context.Context, number *int32, offset int64, p store.Part, sum []byte) (types.CompletedPart, error) {
	from := p.From
	out, err := a.o.client().UploadPartCopy(ctx, &s3.UploadPartCopyInput{
		Bucket: a.bucket, Key: a.name, UploadId: a.upload, PartNumber: number,
		CopySource:        copySource(from.Location),
		CopySourceRange:   str(fmt.Sprintf("bytes=%d-%d", from.Offset, from.Offset+p.Size-1)),
		CopySourceIfMatch: str(`"` + from.ETag + `"`),
	})
	if err != nil {
		return types.CompletedPart{}, err
	}
	result := out.CopyPartResult
	got, want := awssdk.ToString(result.ChecksumSHA256), base64.StdEncoding.EncodeToString(sum)
	if got == "" {
		md5sum, err := a.digest(md5.New(), offset, p.Size)
		if err != nil {
			return types.CompletedPart{}, err
		}
		got, want = unquote(result.ETag), hex.EncodeToString(md5sum)
	}
	if got != want {
		return types.CompletedPart{}, fmt.Errorf("the %d bytes copied from %s differ from the zip: their digest is %s, not %s", p.Size, from.Location.URI, got, want)
	}
	return types.CompletedPart{PartNumber: number, ETag: result.ETag, ChecksumSHA256: result.ChecksumSHA256}, nil
}
