/*
 * sign.h - makes the messages of DKIM and ARC cases.
 *
 * A signature field of a case is written without its values:
 *
 *	header DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s;
 *		h=from; bh=@; b=@author		(all in one line)
 *	dns s._domainkey.b.example TXT "p=@author"
 *
 * bh=@ is the hash of the body, b=@KEY the signature by the key in
 * tests/mail/keys/test-only-KEY.pem, p=@KEY its public half.  Words after it
 * change the value:
 *
 *	/fold /blank	folds in the base64, blanks in it
 *	/nopad		no padding
 *	/flip		one bit is wrong
 *	/short /long	one octet less, one more
 *	/none		nothing
 *	/bare		p= of RSA as RSAPublicKey, not SubjectPublicKeyInfo
 *	/e1 /evene	p= of RSA with the exponent 1, or 65536
 *	/evenn		p= of RSA with an even modulus
 *	/spki		p= of Ed25519 as SubjectPublicKeyInfo, not 32 octets
 *
 * DKIM-Signatures are signed from the bottom up, then the ARC sets by
 * instance.  Settings, in the order in which they are given:
 *
 *	set body TEXT		the body; as the last such line has it
 *	set copies N		the last header field N times
 *	set chain N		N good sets of d=list.example; s=a, put on top
 *	set before OLD -> NEW	changes the first OLD, before signing
 *	set change OLD -> NEW	... after signing
 *	set append TEXT		to the body, after signing
 *	set insert FIELD	on top, after signing
 *
 * OLD that is not there is an error of the case.  Nothing here uses the code
 * that is tested: see canon_model.h and sign.c for the canonicalizations.
 */
#ifndef MAILAUTH_SIGN_H
#define MAILAUTH_SIGN_H

#include "case.h"

/* A case_prepare: fills in zone, headers and body. */
str sign_case(struct arena *, struct test_case *);
void sign_end(void); /* gives back keys and memory */

#endif
