from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0004_schedules'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='membership_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='idempotency_key',
            field=models.CharField(blank=True, default='', max_length=255),
        ),
        migrations.AddField(
            model_name='run',
            name='body_hash',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key', ''), _negated=True), fields=('tenant', 'membership_id', 'idempotency_key'), name='operations_run_idempotency'),
        ),
    ]
