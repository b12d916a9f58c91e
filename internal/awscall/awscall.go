// Package awscall contains what all clients of AWS services share: loading credentials and
// prompting for an MFA code, waiting for busy services, reading complete responses, and
// explaining credential errors.
package awscall
