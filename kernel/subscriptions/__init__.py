"""Telling other systems what was saved: FHIR R4 Subscription with REST hooks, from an outbox.

criteria    what a Subscription may ask for, read by the search's own parser
addresses   where may be sent to: the allow-list, and what a name resolves to
resources   the type Subscription, its rule, its stamp, who made it
watching    on each save: a row for each version that somebody may want to know of
subscribers the subscriptions in force, each with how far it sees
spreading   from those rows to the outbox: who sees it, whose criteria it meets
sending     one signed request
deliveries  rows of the outbox: claimed, delivered, failed, dead, sent again
courier     the thread that does it all
pages       `/subscriptions`
"""
