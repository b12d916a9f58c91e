package aws

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/fault"
)

// checkStorage refuses ways of encryption and ACLs that are not known.
func (o Options) checkStorage() error {
	refuse := func(err error, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Op: "store", Subject: "objects on S3", Err: err, Hints: hints}
	}
	switch {
	case o.SSE != "" && o.SSE != string(types.ServerSideEncryptionAes256) && o.SSE != string(types.ServerSideEncryptionAwsKms):
		return refuse(fmt.Errorf("unknown encryption %q", o.SSE), "--sse AES256, or --sse aws:kms")
	case o.SSE == string(types.ServerSideEncryptionAes256) && o.KMSKey != "":
		return refuse(errors.New("AES256 encrypts by a key of S3's own, and a KMS key is given"), "--sse aws:kms, or leave --kms-key out")
	case o.ACL != "" && o.ACL != string(types.ObjectCannedACLBucketOwnerFullControl):
		return refuse(fmt.Errorf("unknown ACL %q", o.ACL), "--acl bucket-owner-full-control")
	}
	return nil
}

// encryption is what a write asks for (S3 user guide, "Protecting data with
// server-side encryption").
func (o *Objects) encryption() (types.ServerSideEncryption, *string) {
	if o.sse == "" && o.kmsKey != "" {
		return types.ServerSideEncryptionAwsKms, str(o.kmsKey)
	}
	return types.ServerSideEncryption(o.sse), optional(o.kmsKey)
}
