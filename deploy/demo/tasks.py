"""What the demo's agent has to do: three tasks, each with cases to fail on first and cases that nobody shows to the generator.

A case is the input, by argument name, and the answer that a person would give.
"""

INVOICE_ID = {
    "name": "invoice id",
    "task": [
        "Extract the invoice ID from customer e-mails",
        "Extract the invoice ID from a customer's e-mail",
    ],
    "tools": ["regex_search", "split_lines"],
    "error": "LookupError: no rule for this form of invoice number",
    "learn": [
        ({"email_body": "Hello,\n\nI have a question about invoice INV-20391. The amount looks wrong to me.\n\nBest, Ann"}, "20391"),
        ({"email_body": "Hi team, please resend inv_88120, our accountant lost it. Order 4451 is fine."}, "88120"),
        ({"email_body": "On 12 March we paid INV-30977 in full. Why the reminder?"}, "30977"),
        ({"email_body": "The 1,250.00 EUR were for INV45502. When can we expect the credit note?"}, "45502"),
        ({"email_body": "Good morning,\nthe total on inv-11008 does not match our purchase order 77120.\nRegards\nTom, +44 20 7946 0018"}, "11008"),
        ({"email_body": "INV_60214 was charged twice, please refund one of the two payments."}, "60214"),
        ({"email_body": "Could you change the address on Inv-73355 to 12 Baker Street?"}, "73355"),
        ({"email_body": "Dear Sir or Madam,\n\nour reference is INV99041, due on 2026-04-30.\n\nKind regards"}, "99041"),
        ({"email_body": "Please confirm that inv55830 and nothing else is open on our account 10023."}, "55830"),
        ({"email_body": "fwd: customer asks for a copy of INV-41267 (see below)"}, "41267"),
    ],
    "prove": [
        ({"email_body": "Hi, invoice INV-50012 has the wrong VAT number on it."}, "50012"),
        ({"email_body": "We never received inv_70781. Our postcode is 90210."}, "70781"),
        ({"email_body": "Subject: INV33410 overdue?\n\nIt was paid on 3 May, 310.00 USD."}, "33410"),
        ({"email_body": "please cancel inv-80006, the customer went bankrupt"}, "80006"),
        ({"email_body": "Line 3 of INV_14987 should read 20 hours, not 200."}, "14987"),
        ({"email_body": "Two things: the parcel 00340434 arrived broken, and INV-66203 is too high."}, "66203"),
        ({"email_body": "Hello\n\nInv-92274\n\nThanks\nMaria"}, "92274"),
        ({"email_body": "Our bank returned the payment for inv27745. Account 55512 is closed."}, "27745"),
        ({"email_body": "Could I get INV-38819 as a PDF? Call me on 555 0199 if not."}, "38819"),
        ({"email_body": "the discount of 15 % is missing on INV84410!"}, "84410"),
        ({"email_body": "Is INV_10590 the same as order 10591? They look alike."}, "10590"),
        ({"email_body": "Dear accounting team,\nattached is the proof of payment for inv-59932 (EUR 4,020.50).\nYours, K. Obi"}, "59932"),
        ({"email_body": "who approved Inv_23761 ???"}, "23761"),
        ({"email_body": "RE: RE: INV-17304 - still waiting since 2025"}, "17304"),
        ({"email_body": "I was told to quote inv64108 and ticket 889."}, "64108"),
        ({"email_body": "Not urgent: INV-95583 has a typo in our company name."}, "95583"),
        ({"email_body": "Payment plan for INV-78821: 3 x 500.00 from June."}, "78821"),
        ({"email_body": "Please stop sending reminders for inv_36650, we disputed it in writing on 1 February."}, "36650"),
        ({"email_body": "Invoice question. Number is INV40029. Customer number is 8812."}, "40029"),
        ({"email_body": "Both parties agreed to void INV-29916 on the phone (call of 14:30)."}, "29916"),
    ],
}

NAME = {
    "name": "name",
    "task": ["Format a customer's name as last name and initial", "Format the customer's name as last name, initial"],
    "tools": ["title_case"],
    "error": "ValueError: the directory wants another form of name",
    "learn": [
        ({"name": "Ada Lovelace"}, "Lovelace, A."),
        ({"name": "Alan Turing"}, "Turing, A."),
        ({"name": "Grace Brewster Hopper"}, "Hopper, G."),
        ({"name": "Edsger Dijkstra"}, "Dijkstra, E."),
        ({"name": "Barbara Liskov"}, "Liskov, B."),
        ({"name": "Donald Ervin Knuth"}, "Knuth, D."),
        ({"name": "Radia Perlman"}, "Perlman, R."),
        ({"name": "Tim Berners-Lee"}, "Berners-Lee, T."),
        ({"name": "Frances Elizabeth Allen"}, "Allen, F."),
    ],
    "prove": [
        ({"name": "Katherine Johnson"}, "Johnson, K."),
        ({"name": "John von Neumann Junior"}, "Junior, J."),
        ({"name": "Leslie Lamport"}, "Lamport, L."),
        ({"name": "Shafi Goldwasser"}, "Goldwasser, S."),
        ({"name": "Margaret Heafield Hamilton"}, "Hamilton, M."),
        ({"name": "Ken Thompson"}, "Thompson, K."),
        ({"name": "Jean Sammet"}, "Sammet, J."),
        ({"name": "Whitfield Diffie"}, "Diffie, W."),
        ({"name": "Lynn Conway-Smith"}, "Conway-Smith, L."),
        ({"name": "Tony Hoare"}, "Hoare, T."),
    ],
}

DATE = {
    "name": "date",
    "task": ["Rewrite the delivery date for the calendar", "Rewrite a delivery date for the calendar"],
    "tools": ["calendar_lookup"],
    "error": "ValueError: the calendar does not understand this date",
    "learn": [
        ({"date": "March 7, 2026"}, "2026-03-07"),
        ({"date": "December 24, 2025"}, "2025-12-24"),
        ({"date": "July 1, 2026"}, "2026-07-01"),
        ({"date": "October 31, 2027"}, "2027-10-31"),
        ({"date": "January 15, 2026"}, "2026-01-15"),
        ({"date": "February 9, 2028"}, "2028-02-09"),
        ({"date": "August 20, 2026"}, "2026-08-20"),
        ({"date": "May 3, 2027"}, "2027-05-03"),
    ],
    "prove": [
        ({"date": "April 2, 2026"}, "2026-04-02"),
        ({"date": "June 30, 2026"}, "2026-06-30"),
        ({"date": "September 11, 2025"}, "2025-09-11"),
        ({"date": "November 5, 2028"}, "2028-11-05"),
        ({"date": "January 1, 2030"}, "2030-01-01"),
        ({"date": "December 12, 2026"}, "2026-12-12"),
        ({"date": "March 31, 2027"}, "2027-03-31"),
        ({"date": "May 18, 2026"}, "2026-05-18"),
        ({"date": "February 29, 2028"}, "2028-02-29"),
        ({"date": "October 8, 2026"}, "2026-10-08"),
    ],
}

TASKS = [INVOICE_ID, NAME, DATE]
