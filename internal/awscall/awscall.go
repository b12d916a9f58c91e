// Package awscall is what all clients of AWS services share: loading credentials and
// prompting for an MFA code, waiting for busy services, reading complete answers, and
// explaining credential errors.
package awscall
