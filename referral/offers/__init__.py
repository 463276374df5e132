"""医院发起的下转: somebody is offered to the community whom nobody referred to the hospital."""
